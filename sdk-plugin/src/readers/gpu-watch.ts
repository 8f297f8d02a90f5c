import { findCommand } from '../processes/find-command.ts';
import { AmdFiles, parseRocmSmi, ROCM_SMI_ARGUMENTS } from './amd-gpus.ts';
import { type GpuReading, isGpuVisible } from './gpu-reading.ts';
import { KeptTool, type KeptToolOptions } from './kept-tool.ts';
import { nvidiaSmiArguments, parseGpuLine } from './nvidia-smi.ts';

const PERIOD_MS = 1_000;
/** rocm-smi is a Python program: each answer takes a third of a second of a core. */
const ROCM_PERIOD_MS = 60_000;
/** Asks once, and again for each line; ends when nobody can ask any more. */
const ASK_REPEATEDLY = String.raw`while "$@" </dev/null; printf '\0'; read -r _; do :; done`;

export interface GpuWatchOptions {
  /** Where the tools are found, and which cards the attempt is shown. */
  readonly env: NodeJS.ProcessEnv;
  readonly say: (text: string) => void;
  /** Of the file system, another one for recorded files. */
  readonly root?: string;
  readonly nowMs?: () => number;
}

/**
 * The newest reading of each visible GPU: NVIDIA's by one `nvidia-smi` that is kept running (starting it takes a
 * second on some machines), AMD's from the files of its driver, or from `rocm-smi` where those are hidden. A machine
 * without GPUs has none, and nothing is said of it.
 */
export class GpuWatch {
  readonly #nvidiaVisible: string | undefined;
  readonly #amdVisible: string | undefined;
  readonly #nowMs: () => number;
  readonly #say: (text: string) => void;
  readonly #amdFiles: AmdFiles;
  readonly #nvidiaSmi: KeptTool | undefined;
  readonly #rocmSmi: KeptTool | undefined;
  #latest = new Map<string, GpuReading>();
  #filesDueMs = Number.NEGATIVE_INFINITY;
  #rocmDueMs: number;

  constructor({ env, say, root = '/', nowMs = () => performance.now() }: GpuWatchOptions) {
    this.#nvidiaVisible = env['CUDA_VISIBLE_DEVICES'];
    this.#amdVisible = env['HIP_VISIBLE_DEVICES'] ?? env['ROCR_VISIBLE_DEVICES'];
    this.#nowMs = nowMs;
    this.#say = say;
    this.#amdFiles = new AmdFiles(root);
    this.#nvidiaSmi = this.#keep('nvidia-smi', env, (file) => ({
      command: [file, ...nvidiaSmiArguments(PERIOD_MS)],
      separator: '\n',
      onRecord: (line) => {
        this.#offer([parseGpuLine(line)], this.#nvidiaVisible);
      },
    }));
    if (this.#amdFiles.isEmpty) {
      this.#rocmSmi = this.#keep('rocm-smi', env, (file) => ({
        command: ['/bin/sh', '-c', ASK_REPEATEDLY, 'sh', file, ...ROCM_SMI_ARGUMENTS],
        separator: '\0',
        onRecord: (answer) => {
          this.#offer(parseRocmSmi(answer), this.#amdVisible);
        },
      }));
    }
    this.#rocmDueMs = nowMs() + ROCM_PERIOD_MS;
  }

  /** Whether a process is one of the tools'. */
  isOwn(pid: number): boolean {
    return pid === this.#nvidiaSmi?.pid || pid === this.#rocmSmi?.pid;
  }

  /** Readings that arrived since the last call, one for each GPU: each is reported once. */
  take(): readonly GpuReading[] {
    const nowMs = this.#nowMs();
    if (!this.#amdFiles.isEmpty && nowMs >= this.#filesDueMs) {
      this.#filesDueMs = nowMs + PERIOD_MS;
      this.#offer(this.#amdFiles.read(), this.#amdVisible);
    }
    if (nowMs >= this.#rocmDueMs) {
      this.#rocmDueMs = nowMs + ROCM_PERIOD_MS;
      this.#rocmSmi?.ask();
    }
    const latest = [...this.#latest.values()];
    this.#latest = new Map();
    return latest.toSorted((a, b) => (a.uuid < b.uuid ? -1 : 1));
  }

  stop(): void {
    this.#nvidiaSmi?.stop();
    this.#rocmSmi?.stop();
  }

  #keep(
    name: string,
    env: NodeJS.ProcessEnv,
    toOptions: (file: string) => Omit<KeptToolOptions, 'onError'>,
  ): KeptTool | undefined {
    const found = findCommand(name, env['PATH']);
    if (found.kind !== 'found') return undefined;
    return new KeptTool({
      ...toOptions(found.path),
      onError: (error) => {
        this.#say(`${name} cannot be run, its GPUs are not measured: ${error.message}`);
      },
    });
  }

  #offer(readings: readonly (GpuReading | undefined)[], visibleDevices: string | undefined): void {
    for (const gpu of readings) {
      if (gpu !== undefined && isGpuVisible(gpu, visibleDevices)) this.#latest.set(gpu.uuid, gpu);
    }
  }
}

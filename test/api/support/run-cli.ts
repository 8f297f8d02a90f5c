import { type ChildProcess, fork, spawn } from 'node:child_process';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'api', 'src', 'cli', 'main.ts');
const HOST = new URL('./cli-host.ts', import.meta.url);

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command, as `cli-host.ts` is asked for it. */
export interface CliRequest {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** Only what a process needs: the tests must not depend on what the developer has set. */
function environment(changes: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, ...changes };
}

let host: ChildProcess | undefined;
let previous: Promise<unknown> = Promise.resolve();

/**
 * Runs the command line in `cwd` where it is given, in a process that a test file's commands share: loading takes
 * far longer than any of them. One command at a time; `serve` and `run`, which take over their process, are for
 * `runCliProcess`.
 */
export async function runCli(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd: string = process.cwd(),
): Promise<CliResult> {
  const result = previous.then(async () => askHost({ args, env: environment(env), cwd }));
  previous = result.catch(() => undefined);
  return result;
}

async function askHost(request: CliRequest): Promise<CliResult> {
  host ??= fork(HOST, { execPath: process.execPath, execArgv: [], env: environment({}) });
  const asked = host;
  return new Promise((resolve, reject) => {
    function onMessage(result: CliResult): void {
      asked.off('exit', onExit);
      resolve(result);
    }
    function onExit(code: number | null): void {
      host = undefined;
      reject(new Error(`stepfit ${request.args.join(' ')} ended its process with ${code}`));
    }
    asked.once('message', onMessage);
    asked.once('exit', onExit);
    asked.send(request);
  });
}

/** Runs the command line as a user does, from outside, in a process of its own. */
export async function runCliProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd?: string,
): Promise<CliResult> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: environment(env),
    ...(cwd !== undefined && { cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr };
}

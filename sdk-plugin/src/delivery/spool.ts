import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export type ExportKind = 'metrics' | 'traces';

/** Exports of some two thousand attempts of a second, or of hours of a long one. */
const MAX_FILES = 4096;
const MAX_BYTES = 16 * 1024 * 1024;
/** A claim this old belongs to a sampler that died while sending. */
const STALE_CLAIM_MS = 120_000;
const READY = '.ready';
const CLAIMED = '.claimed';

/** One spooled export that is ours alone until it is delivered, dropped or put back. */
export interface Claim {
  readonly kind: ExportKind;
  /** Gzipped OTLP/JSON. */
  readonly body: Buffer;
  discard(): void;
  putBack(): void;
}

/**
 * Exports that no collector took yet, as files, for whichever sampler comes next: this one's or the Metaflow
 * extension's, which uses the same folder and format.
 *
 * One folder for each collector address. A file is written under a temporary name and renamed, so nobody sees
 * half of it; a sampler claims a file by renaming it, so no two send the same one. Bounded: the oldest go first.
 * Every failure to read or write is swallowed: the spool is a last resort.
 */
export class Spool {
  readonly #folder: string;
  #sequence = 0;
  #candidates: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Keeps an export. Returns whether it could be written. */
  put(kind: ExportKind, body: Uint8Array): boolean {
    try {
      mkdirSync(this.#folder, { mode: 0o700, recursive: true });
      this.#makeRoom(body.length);
      // Sorting by name is sorting by age.
      const age = String(Date.now()).padStart(15, '0');
      const order = String(this.#sequence).padStart(6, '0');
      const name = `${age}-${order}-${process.pid}.${kind}`;
      this.#sequence += 1;
      const temporary = join(this.#folder, `.${name}.tmp`);
      writeFileSync(temporary, body);
      renameSync(temporary, join(this.#folder, name + READY));
      return true;
    } catch {
      return false;
    }
  }

  /** Takes the oldest export that nobody else is sending. */
  claim(): Claim | undefined {
    if (this.#candidates.length === 0) {
      this.#releaseStaleClaims();
      this.#candidates = this.#names(READY);
    }
    for (let name = this.#candidates.shift(); name !== undefined; name = this.#candidates.shift()) {
      const claim = this.#claimFile(name);
      if (claim !== undefined) return claim;
    }
    return undefined;
  }

  #claimFile(name: string): Claim | undefined {
    const stem = name.slice(0, -READY.length);
    const kind = stem.endsWith('.traces') ? 'traces' : 'metrics';
    const ready = join(this.#folder, name);
    const claimed = join(this.#folder, stem + CLAIMED);
    try {
      renameSync(ready, claimed);
      const now = new Date();
      utimesSync(claimed, now, now);
      const body = readFileSync(claimed);
      return {
        kind,
        body,
        discard: () => {
          quietly(() => {
            unlinkSync(claimed);
          });
        },
        putBack: () => {
          quietly(() => {
            renameSync(claimed, ready);
          });
        },
      };
    } catch {
      return undefined;
    }
  }

  #names(suffix: string): string[] {
    try {
      return readdirSync(this.#folder)
        .filter((name) => name.endsWith(suffix))
        .toSorted();
    } catch {
      return [];
    }
  }

  #releaseStaleClaims(): void {
    for (const name of this.#names(CLAIMED)) {
      const path = join(this.#folder, name);
      quietly(() => {
        if (Date.now() - statSync(path).mtimeMs > STALE_CLAIM_MS) {
          renameSync(path, path.slice(0, -CLAIMED.length) + READY);
        }
      });
    }
  }

  #makeRoom(size: number): void {
    const files = this.#names(READY).map((name) => {
      const path = join(this.#folder, name);
      return { path, size: statSync(path, { throwIfNoEntry: false })?.size ?? 0 };
    });
    let total = files.reduce((sum, file) => sum + file.size, size);
    let kept = files.length + 1;
    for (const file of files) {
      if (total <= MAX_BYTES && kept <= MAX_FILES) return;
      quietly(() => {
        unlinkSync(file.path);
      });
      total -= file.size;
      kept -= 1;
    }
  }
}

function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // Another sampler was faster, or the folder is gone.
  }
}

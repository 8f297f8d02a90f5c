import type { Say } from './say-once.ts';

/** Calls a reader; one that throws is as one that has nothing to say, and is named once. */
export function guarded<T>(say: Say, name: string, reader: () => T): T | undefined {
  try {
    return reader();
  } catch (error) {
    say(`reading ${name} failed: ${String(error)}`);
    return undefined;
  }
}

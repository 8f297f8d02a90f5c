import type { MemorySource } from '../contract/attributes.ts';

/** The highest of the values offered, in bytes, and where it came from. */
export class Peak {
  bytes = 0;
  source: MemorySource = 'rss';

  /** Takes a value if it is higher; a kernel's mark also where it confirms the value. */
  offer(bytes: number, source: MemorySource, { isMark = false } = {}): void {
    if (bytes > this.bytes || (isMark && bytes === this.bytes && bytes > 0)) {
      this.bytes = bytes;
      this.source = source;
    }
  }
}

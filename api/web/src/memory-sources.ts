import type { MemorySource } from '@stepfit/sdk-plugin/contract/attributes';

/** Where a peak was read, in words. */
const WORDS: Readonly<Record<MemorySource, string>> = {
  'cgroup-peak': 'the container’s own high-water mark, kept by the kernel',
  rusage: 'the kernel’s high-water mark of the process and its children',
  'vm-hwm': 'the kernel’s high-water mark of the process',
  pss: 'samples of the process tree, shared pages once',
  rss: 'samples of the process tree',
};

export function describeSource(source: string): string {
  return source in WORDS ? WORDS[source as MemorySource] : source;
}

/** Kept by the kernel from the first moment to the last; samples know only their own moments. */
export function isKernelMark(source: string | undefined): boolean {
  return source === 'cgroup-peak' || source === 'rusage' || source === 'vm-hwm';
}

import type { JSX } from 'preact';

/** Words of the trade, each in one sentence. */
export const GLOSSARY = {
  'GiB-h': 'GiB-hours: one GiB of memory held for one hour.',
  'core-h': 'Core-hours: one CPU core held for one hour.',
  'GPU-h': 'GPU-hours: one GPU held for one hour.',
  requested: 'What was asked of the backend, after Metaflow’s merges and defaults.',
  needed: 'The highest need seen of each attempt, for as long as it ran.',
  wasted: 'Requested and not needed: what one attempt lacks does not pay for another’s excess.',
  peak: 'The highest need of memory seen, from the kernel’s own mark where there is one.',
  attempt: 'One try at a task; a task that fails is tried again.',
  'k of n': 'Of n attempts of the past, k would have run out of memory at first with this request.',
  'at most': 'The share of coming first attempts that fail is at most this, 95 % sure.',
  plan: 'What the first, second and last attempt of a task ask for.',
  replay: 'The step’s own attempts, run again on paper with another request.',
  'added time': 'Running time added by repeating failed attempts and by fewer cores.',
} as const;

export type TermName = keyof typeof GLOSSARY;

/** A word of the trade with its meaning at hand. */
export function Term({
  of,
  children,
}: {
  readonly of: TermName;
  readonly children?: string;
}): JSX.Element {
  return <abbr title={GLOSSARY[of]}>{children ?? of}</abbr>;
}

import type { JSX } from 'preact';

import { useBrowsing } from '../browsing.ts';

/** A step by name, its flow below it; each leads to its page. */
export function StepLink({
  flow,
  step,
}: {
  readonly flow: string;
  readonly step: string;
}): JSX.Element {
  const { address } = useBrowsing();
  return (
    <>
      <a href={address({ page: 'step', flow, step })}>{step}</a>
      <a class="quiet small under" href={address({ page: 'flow', flow })}>
        {flow}
      </a>
    </>
  );
}

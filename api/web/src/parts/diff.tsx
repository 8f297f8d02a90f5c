import type { JSX } from 'preact';

import { CopyButton } from './copy-text.tsx';

/** What stands in the source and what to put there; the new line can be copied. */
export function Diff({
  before,
  after,
}: {
  readonly before: readonly string[];
  readonly after: string;
}): JSX.Element {
  return (
    <div class="stack" style={{ gap: '8px' }}>
      <pre class="diff" aria-label="Change of the source">
        {before.map((line) => (
          <del key={line}>- {line}</del>
        ))}
        <ins>+ {after}</ins>
      </pre>
      <CopyButton text={after} label="Copy the line" />
    </div>
  );
}

import type { JSX } from 'preact';

import { useToast } from './toast.tsx';

/** What stands in the source and what to put there; the new line can be copied. */
export function Diff({
  before,
  after,
}: {
  readonly before: readonly string[];
  readonly after: string;
}): JSX.Element {
  const say = useToast();
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(after);
      say('Copied.');
    } catch {
      say('The browser does not let the page copy: mark the line and copy it.', true);
    }
  }
  return (
    <div class="stack" style={{ gap: '8px' }}>
      <pre class="diff" aria-label="Change of the source">
        {before.map((line) => (
          <del key={line}>- {line}</del>
        ))}
        <ins>+ {after}</ins>
      </pre>
      <div class="actions">
        <button type="button" onClick={() => void copy()}>
          Copy the line
        </button>
      </div>
    </div>
  );
}

import type { JSX } from 'preact';

import { useToast } from './toast.tsx';

/** A line to be copied as it is. */
export function CopyText({
  text,
  label,
}: {
  readonly text: string;
  readonly label: string;
}): JSX.Element {
  return (
    <div class="stack" style={{ gap: '8px' }}>
      <pre class="diff">{text}</pre>
      <CopyButton text={text} label={label} />
    </div>
  );
}

export function CopyButton({
  text,
  label,
}: {
  readonly text: string;
  readonly label: string;
}): JSX.Element {
  const say = useToast();
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      say('Copied.');
    } catch {
      say('The browser does not let the page copy: mark the text and copy it.', true);
    }
  }
  return (
    <div class="actions">
      <button type="button" onClick={() => void copy()}>
        {label}
      </button>
    </div>
  );
}

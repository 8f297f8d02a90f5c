import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import { storeToken } from '../api/request.ts';

const WORDS = {
  none: 'Whoever runs the server gives you one, or makes one under Tokens.',
  refused: 'The server does not know the token given before: it was revoked, or mistyped.',
  ingest: 'The token given before is for runs alone; reading takes the role read, write or admin.',
  another: 'The one used so far is forgotten.',
} as const;

/** Asks for a token and keeps it for this tab alone. */
export function TokenGate({ reason }: { readonly reason: keyof typeof WORDS }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  return (
    <form
      class="notice"
      onSubmit={(event) => {
        event.preventDefault();
        storeToken(input.current?.value.trim() ?? '');
        location.reload();
      }}
    >
      {reason === 'another' ? <h2>Use another token</h2> : <h1>This server asks for a token</h1>}
      <p class="quiet">{WORDS[reason]} It is kept for this tab alone.</p>
      <label>
        Token <input ref={input} type="password" autocomplete="off" required />
      </label>
      <button type="submit" class="primary">
        Continue
      </button>
    </form>
  );
}

import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import { storeToken } from '../api/request.ts';

/** Asks for the server's token and keeps it for this tab alone. */
export function TokenGate({ isRefused }: { readonly isRefused: boolean }): JSX.Element {
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
      <h2>This server asks for a token</h2>
      <p class="quiet">
        {isRefused
          ? 'The token given before is not the server’s.'
          : 'It is the value of STEPFIT_TOKEN that the server was started with.'}{' '}
        It is kept for this tab alone.
      </p>
      <label>
        Token <input ref={input} type="password" autocomplete="off" required />
      </label>
      <button type="submit" class="primary">
        Continue
      </button>
    </form>
  );
}

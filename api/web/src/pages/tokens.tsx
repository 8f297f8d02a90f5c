import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { forgetToken, hasToken } from '../api/request.ts';
import { TokenGate } from '../parts/token-gate.tsx';

/** Who may read and write: today one token for the whole server, or none. */
export function TokensPage(): JSX.Element {
  const [isChanging, setChanging] = useState(false);
  return (
    <>
      <h1>Tokens</h1>
      <section class="panel prose">
        <p>
          A server has one token, <code>STEPFIT_TOKEN</code>, for everything that it holds: reading,
          deciding and sending. There are no tokens for single projects or people yet; decisions
          keep the name that was given with them.
        </p>
        <p>
          {hasToken()
            ? 'This tab sends a token with every request, and forgets it when it closes.'
            : 'This server asks for none: it trusts whoever reaches it.'}
        </p>
        <ul>
          <li>
            A new one: start the server with another <code>STEPFIT_TOKEN</code>; the old one ends
            with that.
          </li>
          <li>
            Runs send it as <code>METAFLOW_STEPFIT_TOKEN</code>, the command line as{' '}
            <code>--token</code>.
          </li>
        </ul>
        <div class="actions">
          <button type="button" onClick={() => setChanging(true)}>
            Use another token in this tab
          </button>
          {hasToken() && (
            <button
              type="button"
              onClick={() => {
                forgetToken();
                location.reload();
              }}
            >
              Forget it
            </button>
          )}
        </div>
      </section>
      {isChanging && <TokenGate isRefused={false} />}
    </>
  );
}

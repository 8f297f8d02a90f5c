import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { AccessView, NewToken } from '../../../src/http/schemas/tokens.ts';
import { useAccess } from '../access.ts';
import { forgetToken } from '../api/request.ts';
import { readTokens } from '../api/tokens.ts';
import { useData } from '../api/use-data.ts';
import { useBrowsing } from '../browsing.ts';
import { CopyText } from '../parts/copy-text.tsx';
import { FilterBar } from '../parts/filter-bar.tsx';
import { Empty, Load } from '../parts/states.tsx';
import { TokenGate } from '../parts/token-gate.tsx';
import { NewTokenForm } from './tokens-form.tsx';
import { TokenTable } from './tokens-table.tsx';

/** Who may ask the server, and for what. */
export function TokensPage(): JSX.Element {
  const access = useAccess();
  const mayManage = access.kind === 'administrator' || access.role === 'admin';
  return (
    <>
      <div class="head">
        <div>
          <h1>Tokens</h1>
          <p class="quiet">Who may ask this server, and for what</p>
        </div>
        {mayManage && <FilterBar only={['project']} hasTime={false} />}
      </div>
      {access.kind === 'open' ? <OpenServer /> : <OwnToken access={access} />}
      {mayManage && <Tokens access={access} />}
    </>
  );
}

function OpenServer(): JSX.Element {
  return (
    <Empty title="This server asks for no token">
      <p>
        Whoever reaches it may read and decide. Start it with <code>STEPFIT_TOKEN</code>, and
        whoever knows that token makes others here: for people, programs and projects, each with a
        role.
      </p>
    </Empty>
  );
}

function OwnToken({ access }: { readonly access: AccessView }): JSX.Element {
  const [isChanging, setChanging] = useState(false);
  return (
    <>
      <section class="panel head" aria-label="This tab">
        <p>
          {access.kind === 'administrator' ? (
            'This tab uses the token that the server was started with. It may do everything, and has no name.'
          ) : (
            <>
              This tab is <b>{access.name}</b>: role {access.role},{' '}
              {access.project === undefined ? 'every project' : `project ${access.project}`}.
            </>
          )}{' '}
          <span class="quiet">It forgets the token when it closes.</span>
        </p>
        <div class="actions">
          <button type="button" onClick={() => setChanging(true)}>
            Use another
          </button>
          <button
            type="button"
            onClick={() => {
              forgetToken();
              location.reload();
            }}
          >
            Forget it
          </button>
        </div>
      </section>
      {isChanging && <TokenGate reason="another" />}
    </>
  );
}

function Tokens({ access }: { readonly access: AccessView }): JSX.Element {
  const { filters } = useBrowsing();
  const { project } = filters;
  const [made, setMade] = useState<NewToken>();
  const tokens = useData(`tokens ${project}`, (signal) => readTokens(project, signal));
  return (
    <Load loaded={tokens}>
      {(data, reload) => (
        <>
          {made !== undefined && <MadeToken made={made} onDone={() => setMade(undefined)} />}
          <NewTokenForm
            mayReachAll={access.project === undefined}
            onMade={(token) => {
              setMade(token);
              reload();
            }}
          />
          <TokenTable tokens={data.tokens} access={access} onRevoked={reload} />
        </>
      )}
    </Load>
  );
}

function MadeToken({
  made,
  onDone,
}: {
  readonly made: NewToken;
  readonly onDone: () => void;
}): JSX.Element {
  return (
    <section class="panel stack made" aria-label="The new token" role="status">
      <p>
        <b>{made.name}</b> is made. Copy its token now: it is shown this once, since the server
        keeps only its hash.
      </p>
      <CopyText text={made.token} label="Copy the token" />
      <p class="quiet small">
        Runs send it as <code>METAFLOW_STEPFIT_TOKEN</code>, the command line as{' '}
        <code>STEPFIT_TOKEN</code>, anything else as <code>Authorization: Bearer …</code>.
      </p>
      <div class="actions">
        <button type="button" onClick={onDone}>
          I have it
        </button>
      </div>
    </section>
  );
}

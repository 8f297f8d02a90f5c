import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { formatTime } from '../../../src/format/quantities.ts';
import type { AccessView, Token } from '../../../src/http/schemas/tokens.ts';
import { revokeToken } from '../api/tokens.ts';
import { useBrowsing } from '../browsing.ts';
import { Modal } from '../parts/modal.tsx';
import { Empty } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import { useToast } from '../parts/toast.tsx';

/** Every token that reaches the project, and those that did; the living ones can be revoked. */
export function TokenTable({
  tokens,
  access,
  onRevoked,
}: {
  readonly tokens: readonly Token[];
  readonly access: AccessView;
  readonly onRevoked: () => void;
}): JSX.Element {
  const { filters } = useBrowsing();
  const say = useToast();
  const [asked, setAsked] = useState<Token>();
  async function revoke({ name }: Token): Promise<void> {
    setAsked(undefined);
    try {
      await revokeToken(filters.project, name);
      say(`Revoked: ${name}`);
    } catch (error) {
      say(error instanceof Error ? error.message : 'The token was not revoked.', true);
    }
    onRevoked();
  }
  if (tokens.length === 0) {
    return (
      <Empty title="No tokens with names yet">
        <p class="quiet">
          Make one for your runs with the role <b>ingest</b>, and one for each person who decides
          with the role <b>write</b>: then the history says who it was.
        </p>
      </Empty>
    );
  }
  return (
    <section class="panel flush" aria-label="Tokens">
      <Table
        label="Tokens"
        rows={tokens}
        keyOf={({ name, createdAt }) => `${name} ${createdAt}`}
        columns={[
          { name: 'Name', isName: true, cell: ({ name }) => name },
          { name: 'Role', cell: ({ role }) => role },
          { name: 'Project', cell: ({ project }) => project ?? 'every project' },
          {
            name: 'Made (UTC)',
            cell: ({ createdAt, createdBy }) => <Event at={createdAt} by={createdBy} />,
          },
          {
            name: 'Last used (UTC)',
            cell: ({ lastUsedAt }) => (
              <span class="nowrap">
                {lastUsedAt === undefined ? 'never' : formatTime(lastUsedAt)}
              </span>
            ),
          },
          {
            name: 'Revoked (UTC)',
            cell: (token) =>
              token.revokedAt === undefined ? (
                isWithin(access, token) && (
                  <button type="button" onClick={() => setAsked(token)}>
                    Revoke
                  </button>
                )
              ) : (
                <Event at={token.revokedAt} by={token.revokedBy ?? ''} />
              ),
          },
        ]}
      />
      {asked !== undefined && (
        <Modal title={`Revoke ${asked.name}?`} onClose={() => setAsked(undefined)}>
          <p>Whatever uses it is refused from now on. It cannot be given back.</p>
          <div class="actions">
            <button type="button" class="primary" onClick={() => void revoke(asked)}>
              Revoke
            </button>
            <button type="button" onClick={() => setAsked(undefined)}>
              Cancel
            </button>
          </div>
        </Modal>
      )}
    </section>
  );
}

function Event({ at, by }: { readonly at: string; readonly by: string }): JSX.Element {
  return (
    <span class="nowrap">
      {formatTime(at)}
      <span class="small quiet under">by {by}</span>
    </span>
  );
}

/** A project's administrator ends that project's tokens alone. */
function isWithin(access: AccessView, token: Token): boolean {
  return access.project === undefined || access.project === token.project;
}

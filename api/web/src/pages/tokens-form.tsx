import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { NewToken, Token } from '../../../src/http/schemas/tokens.ts';
import { createToken } from '../api/tokens.ts';
import { useBrowsing } from '../browsing.ts';
import { useToast } from '../parts/toast.tsx';

type Role = Token['role'];

const ROLE_WORDS: Readonly<Record<Role, string>> = {
  ingest: 'what runs need',
  read: 'look at everything',
  write: 'both, and decide',
  admin: 'all that, and tokens',
};

/** Makes a token for the project at hand, or for all. */
export function NewTokenForm({
  mayReachAll,
  onMade,
}: {
  readonly mayReachAll: boolean;
  readonly onMade: (made: NewToken) => void;
}): JSX.Element {
  const { filters } = useBrowsing();
  const say = useToast();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('ingest');
  const [allProjects, setAllProjects] = useState(false);

  async function make(): Promise<void> {
    try {
      onMade(await createToken(filters.project, { name: name.trim(), role, allProjects }));
      setName('');
    } catch (error) {
      say(error instanceof Error ? error.message : 'The token was not made.', true);
    }
  }
  return (
    <form
      class="panel filters"
      aria-label="New token"
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <label>
        Name
        <input
          type="text"
          value={name}
          required
          maxLength={64}
          pattern="[A-Za-z0-9][A-Za-z0-9._@+\-]*"
          title="Letters, digits and . _ @ + -"
          placeholder="ana@example.org"
          autocomplete="off"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label>
        Role
        <select
          class="wide"
          value={role}
          onChange={(event) => setRole(event.currentTarget.value as Role)}
        >
          {(Object.keys(ROLE_WORDS) as Role[]).map((one) => (
            <option key={one} value={one}>
              {one}: {ROLE_WORDS[one]}
            </option>
          ))}
        </select>
      </label>
      {mayReachAll && (
        <label>
          <input
            type="checkbox"
            checked={allProjects}
            onChange={(event) => setAllProjects(event.currentTarget.checked)}
          />
          every project
        </label>
      )}
      <button type="submit" class="primary">
        Make a token
      </button>
    </form>
  );
}

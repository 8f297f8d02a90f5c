import { callForge, eachPage, type ForgeAccess } from './forge-request.ts';
import type { Forge, PullRequest, Upserted } from './forge.ts';

export interface GithubOptions {
  readonly apiUrl: string;
  readonly token: string;
  /** `owner/name` */
  readonly repository: string;
  /** The pull request that CI runs for, where it runs for one. */
  readonly pullNumber?: number;
}

interface Comment {
  readonly id: number;
  readonly html_url: string;
  readonly body?: string;
}
interface Pull {
  readonly number: number;
  readonly html_url: string;
}

/** Longest body that GitHub takes, characters. */
const LONGEST_BODY = 65_536;

/** GitHub by its REST API of 2022-11-28; needs `pull-requests: write`, and `contents: write` to push. */
export function githubForge({ apiUrl, token, repository, pullNumber }: GithubOptions): Forge {
  const access: ForgeAccess = {
    apiUrl,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'x-github-api-version': '2022-11-28',
    },
  };
  const root = `/repos/${repository}`;

  return {
    async upsertComment(marker, text) {
      const body = cut(text);
      const path = `${root}/issues/${pullNumber ?? 0}/comments`;
      for await (const comment of eachPage<Comment>(access, path)) {
        if (comment.body?.includes(marker) !== true) continue;
        const own = `${root}/issues/comments/${comment.id}`;
        const changed = (await callForge(access, {
          method: 'PATCH',
          path: own,
          body: { body },
        })) as Comment;
        return { url: changed.html_url, isNew: false };
      }
      const made = (await callForge(access, { method: 'POST', path, body: { body } })) as Comment;
      return { url: made.html_url, isNew: true };
    },

    async upsertPullRequest({ branch, base, title, body: text }: PullRequest): Promise<Upserted> {
      const body = cut(text);
      const [owner = ''] = repository.split('/');
      const query = { state: 'open', head: `${owner}:${branch}`, base };
      for await (const pull of eachPage<Pull>(access, `${root}/pulls`, query)) {
        const path = `${root}/pulls/${pull.number}`;
        const changed = (await callForge(access, {
          method: 'PATCH',
          path,
          body: { title, body },
        })) as Pull;
        return { url: changed.html_url, isNew: false };
      }
      const made = (await callForge(access, {
        method: 'POST',
        path: `${root}/pulls`,
        body: { title, body, head: branch, base },
      })) as Pull;
      return { url: made.html_url, isNew: true };
    },
  };
}

function cut(body: string): string {
  if (body.length <= LONGEST_BODY) return body;
  const note = '\n\n(cut: longer than GitHub takes)';
  return `${body.slice(0, LONGEST_BODY - note.length)}${note}`;
}

import { callForge, eachPage, type ForgeAccess } from './forge-request.ts';
import type { Forge, OpenPullRequest, PullRequest, Upserted } from './forge.ts';

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
  readonly body: string | null;
  /** Where it comes from; no repository where a fork was deleted. */
  readonly head: { readonly ref: string; readonly repo: { readonly full_name: string } | null };
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
  const place = { access, root };

  return {
    upsertComment: async (marker, text) => commentOn(place, pullNumber ?? 0, { marker, text }),

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

    async *openPullRequests(base): AsyncGenerator<OpenPullRequest> {
      for await (const pull of eachPage<Pull>(access, `${root}/pulls`, { state: 'open', base })) {
        const { number, html_url: url, head, body } = pull;
        if (head.repo?.full_name.toLowerCase() !== repository.toLowerCase()) continue;
        yield { number, url, branch: head.ref, body: body ?? '' };
      }
    },

    async closePullRequest(number, marker, comment) {
      await commentOn(place, number, { marker, text: comment });
      await callForge(access, {
        method: 'PATCH',
        path: `${root}/pulls/${number}`,
        body: { state: 'closed' },
      });
    },
  };
}

interface Place {
  readonly access: ForgeAccess;
  /** `/repos/owner/name` */
  readonly root: string;
}

/** Writes the comment that begins with the marker, in place where it is there. */
async function commentOn(
  { access, root }: Place,
  number: number,
  { marker, text }: { readonly marker: string; readonly text: string },
): Promise<Upserted> {
  const body = cut(text);
  const path = `${root}/issues/${number}/comments`;
  for await (const comment of eachPage<Comment>(access, path)) {
    if (comment.body?.startsWith(marker) !== true) continue;
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
}

function cut(body: string): string {
  if (body.length <= LONGEST_BODY) return body;
  const note = '\n\n(cut: longer than GitHub takes)';
  return `${body.slice(0, LONGEST_BODY - note.length)}${note}`;
}

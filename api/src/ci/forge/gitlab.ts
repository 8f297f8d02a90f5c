import { callForge, eachPage, type ForgeAccess } from './forge-request.ts';
import type { Forge, OpenPullRequest, PullRequest, Upserted } from './forge.ts';

export interface GitlabOptions {
  /** `https://gitlab.example.org/api/v4` */
  readonly apiUrl: string;
  /** A project or group access token with the scope `api`: a job’s own token may not write notes. */
  readonly token: string;
  /** Number, or the path with its slashes. */
  readonly project: string;
  /** The merge request that CI runs for, where it runs for one. */
  readonly mergeRequest?: number;
}

interface Note {
  readonly id: number;
  readonly body: string;
}
interface MergeRequest {
  readonly iid: number;
  readonly web_url: string;
  readonly description: string | null;
  readonly source_branch: string;
  readonly source_project_id: number | null;
  readonly target_project_id: number;
}

/** GitLab by its REST API, version 4. */
export function gitlabForge({ apiUrl, token, project, mergeRequest }: GitlabOptions): Forge {
  const access: ForgeAccess = { apiUrl, headers: { 'private-token': token } };
  const root = `/projects/${encodeURIComponent(project)}/merge_requests`;
  const place = { access, root };

  return {
    upsertComment: async (marker, body) => commentOn(place, mergeRequest ?? 0, { marker, body }),

    async upsertPullRequest({ branch, base, title, body }: PullRequest): Promise<Upserted> {
      for await (const open of ownMergeRequests(place, {
        source_branch: branch,
        target_branch: base,
      })) {
        const path = `${root}/${open.iid}`;
        await callForge(access, { method: 'PUT', path, body: { title, description: body } });
        return { url: open.web_url, isNew: false };
      }
      const made = (await callForge(access, {
        method: 'POST',
        path: root,
        body: {
          source_branch: branch,
          target_branch: base,
          title,
          description: body,
          remove_source_branch: true,
        },
      })) as MergeRequest;
      return { url: made.web_url, isNew: true };
    },

    async *openPullRequests(base): AsyncGenerator<OpenPullRequest> {
      for await (const open of ownMergeRequests(place, { target_branch: base })) {
        const { iid: number, web_url: url, source_branch: branch, description } = open;
        yield { number, url, branch, body: description ?? '' };
      }
    },

    async closePullRequest(number, marker, comment) {
      await commentOn(place, number, { marker, body: comment });
      await callForge(access, {
        method: 'PUT',
        path: `${root}/${number}`,
        body: { state_event: 'close' },
      });
    },
  };
}

interface Place {
  readonly access: ForgeAccess;
  /** `/projects/…/merge_requests` */
  readonly root: string;
}

/** Writes the note that begins with the marker, in place where it is there. */
async function commentOn(
  { access, root }: Place,
  iid: number,
  { marker, body }: { readonly marker: string; readonly body: string },
): Promise<Upserted> {
  const merge = `${root}/${iid}`;
  const path = `${merge}/notes`;
  const { web_url: url } = (await callForge(access, {
    method: 'GET',
    path: merge,
  })) as MergeRequest;
  for await (const note of eachPage<Note>(access, path)) {
    if (!note.body.startsWith(marker)) continue;
    await callForge(access, { method: 'PUT', path: `${path}/${note.id}`, body: { body } });
    return { url: `${url}#note_${note.id}`, isNew: false };
  }
  const made = (await callForge(access, { method: 'POST', path, body: { body } })) as Note;
  return { url: `${url}#note_${made.id}`, isNew: true };
}

/** Open ones of branches of the project itself. */
async function* ownMergeRequests(
  { access, root }: Place,
  query: { readonly target_branch: string; readonly source_branch?: string },
): AsyncGenerator<MergeRequest> {
  for await (const open of eachPage<MergeRequest>(access, root, { state: 'opened', ...query })) {
    if (open.source_project_id === open.target_project_id) yield open;
  }
}

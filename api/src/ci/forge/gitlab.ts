import { callForge, eachPage, type ForgeAccess } from './forge-request.ts';
import type { Forge, PullRequest, Upserted } from './forge.ts';

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
}

/** GitLab by its REST API, version 4. */
export function gitlabForge({ apiUrl, token, project, mergeRequest }: GitlabOptions): Forge {
  const access: ForgeAccess = { apiUrl, headers: { 'private-token': token } };
  const root = `/projects/${encodeURIComponent(project)}/merge_requests`;

  return {
    async upsertComment(marker, body) {
      const merge = `${root}/${mergeRequest ?? 0}`;
      const path = `${merge}/notes`;
      const { web_url: url } = (await callForge(access, {
        method: 'GET',
        path: merge,
      })) as MergeRequest;
      for await (const note of eachPage<Note>(access, path)) {
        if (!note.body.includes(marker)) continue;
        await callForge(access, { method: 'PUT', path: `${path}/${note.id}`, body: { body } });
        return { url: `${url}#note_${note.id}`, isNew: false };
      }
      const made = (await callForge(access, { method: 'POST', path, body: { body } })) as Note;
      return { url: `${url}#note_${made.id}`, isNew: true };
    },

    async upsertPullRequest({ branch, base, title, body }: PullRequest): Promise<Upserted> {
      const query = { state: 'opened', source_branch: branch, target_branch: base };
      for await (const open of eachPage<MergeRequest>(access, root, query)) {
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
  };
}

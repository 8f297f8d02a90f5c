import type { Forge, OpenPullRequest } from '@stepfit/api/ci/forge/forge';
import { forgeFromEnv } from '@stepfit/api/ci/forge/forge-from-env';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { afterEach, describe, expect, it } from 'vitest';

import { type FakeForge, startFakeForge } from './fake-forge.ts';

const MARKER = '<!-- stepfit:ci -->';

let fake: FakeForge;
afterEach(async () => {
  await fake.close();
});

const KINDS = ['github', 'gitlab'] as const;

/** As a CI job of that host sees its own variables. */
function environment(kind: 'github' | 'gitlab', token = 'secret'): NodeJS.ProcessEnv {
  return kind === 'github'
    ? {
        GITHUB_REPOSITORY: 'acme/flows',
        GITHUB_API_URL: fake.apiUrl,
        GITHUB_REF: 'refs/pull/7/merge',
        GITHUB_TOKEN: token,
      }
    : {
        CI_API_V4_URL: fake.apiUrl,
        CI_PROJECT_ID: 'acme/flows',
        CI_MERGE_REQUEST_IID: '7',
        GITLAB_TOKEN: token,
      };
}

async function start(kind: 'github' | 'gitlab'): Promise<Forge> {
  fake = await startFakeForge(kind);
  return forgeFromEnv(environment(kind), { comment: true });
}

describe.each(KINDS)('%s', (kind) => {
  it('gets one comment, which is updated in place', async () => {
    const forge = await start(kind);
    const first = await forge.upsertComment(MARKER, `${MARKER}\none`);
    const second = await forge.upsertComment(MARKER, `${MARKER}\ntwo`);

    expect([first.isNew, second.isNew]).toEqual([true, false]);
    expect(second.url).toBe(first.url);
    expect(fake.state.comments).toEqual([{ id: 1, on: 7, body: `${MARKER}\ntwo` }]);
  });

  it('finds its comment behind hundreds of others', async () => {
    const forge = await start(kind);
    for (let id = 1; id <= 250; id += 1) fake.state.comments.push({ id, on: 7, body: 'LGTM' });
    fake.state.comments.push({ id: 251, on: 7, body: `${MARKER}\nold` });

    await forge.upsertComment(MARKER, `${MARKER}\nnew`);

    expect(fake.state.comments).toHaveLength(251);
    expect(fake.state.comments.at(-1)?.body).toContain('new');
  });

  it('opens one pull request for a branch, and brings it up to date', async () => {
    const forge = await start(kind);
    const request = { branch: 'stepfit/TrainFlow', base: 'main', title: 'one', body: 'proof' };
    const first = await forge.upsertPullRequest(request);
    const second = await forge.upsertPullRequest({ ...request, title: 'two' });
    const other = await forge.upsertPullRequest({ ...request, branch: 'stepfit/ScoreFlow' });

    expect([first.isNew, second.isNew, other.isNew]).toEqual([true, false, true]);
    expect(fake.state.pulls.map(({ title, head }) => [title, head])).toEqual([
      ['two', 'stepfit/TrainFlow'],
      ['one', 'stepfit/ScoreFlow'],
    ]);
  });

  it('leaves comments alone that only quote its own', async () => {
    const forge = await start(kind);
    fake.state.comments.push({ id: 1, on: 7, body: `> ${MARKER}\n> one\n\nWhy?` });

    const { isNew } = await forge.upsertComment(MARKER, `${MARKER}\ntwo`);

    expect(isNew).toBe(true);
    expect(fake.state.comments[0]?.body).toContain('Why?');
  });

  it('lists what is open into a base from the repository itself, and closes it with one comment', async () => {
    const forge = await start(kind);
    const request = { branch: 'stepfit/TrainFlow', base: 'main', title: 'one', body: 'proof' };
    await forge.upsertPullRequest(request);
    await forge.upsertPullRequest({ ...request, branch: 'other', base: 'release' });
    const fork = { head: 'stepfit/TrainFlow', base: 'main', title: 'theirs', body: 'copied' };
    fake.state.pulls.unshift({ number: 3, ...fork, isOpen: true, isFork: true });

    const listed: OpenPullRequest[] = [];
    for await (const pull of forge.openPullRequests('main')) listed.push(pull);
    const [first] = listed;
    for (const why of ['no more', 'no more, again']) {
      await forge.closePullRequest(
        first?.number ?? 0,
        '<!-- closed -->',
        `<!-- closed -->\n${why}`,
      );
    }

    expect(listed).toMatchObject([{ branch: 'stepfit/TrainFlow', body: 'proof' }]);
    expect(fake.state.pulls.map(({ title, isOpen }) => [title, isOpen])).toEqual([
      ['theirs', true],
      ['one', false],
      ['one', true],
    ]);
    expect(fake.state.pulls[1]?.body).toBe('proof');
    expect(fake.state.comments).toMatchObject([
      { on: first?.number, body: '<!-- closed -->\nno more, again' },
    ]);
    // A fork’s is somebody else’s, whatever its branch is called.
    const again = await forge.upsertPullRequest({ ...request, title: 'two' });
    expect(again.isNew).toBe(true);
    expect(fake.state.pulls[0]?.title).toBe('theirs');
  });

  it('refuses a wrong token in words', async () => {
    await start(kind);
    const forge = forgeFromEnv(environment(kind, 'wrong'), { comment: true });

    const failure = await forge.upsertComment(MARKER, MARKER).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(StepfitError);
    expect(failure).toMatchObject({ code: 'forge-failed' });
    expect(String(failure)).toContain('401');
    expect(String(failure)).not.toContain('wrong');
  });

  it('says which variable is missing', async () => {
    await start(kind);
    const env = environment(kind);
    const token = kind === 'github' ? 'GITHUB_TOKEN' : 'GITLAB_TOKEN';

    expect(() => forgeFromEnv({ ...env, [token]: '' }, { comment: false })).toThrow(token);
    const { GITHUB_REF: _ref, CI_MERGE_REQUEST_IID: _iid, ...onPush } = env;
    expect(() => forgeFromEnv(onPush, { comment: true })).toThrow('nothing to comment on');
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readHooks } from '@stepfit/api/notify/notify-config';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'stepfit-notify-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(content: unknown, env: NodeJS.ProcessEnv = {}): ReturnType<typeof readHooks> {
  const path = join(folder, 'notify.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readHooks(path, env);
}

it('reads who is told what, with the secret from the environment', () => {
  const hooks = [
    { name: 'ours', url: 'https://example.org/hook', secretEnv: 'SECRET' },
    {
      name: 'slack',
      url: 'https://hooks.example.org/x',
      kind: 'slack',
      owner: 'a',
      send: ['digest'],
    },
  ];

  expect(read({ hooks }, { SECRET: 'whsec_c2VjcmV0' })).toEqual([
    {
      name: 'ours',
      url: 'https://example.org/hook',
      kind: 'webhook',
      send: ['events', 'digest'],
      secret: Buffer.from('secret'),
    },
    {
      name: 'slack',
      url: 'https://hooks.example.org/x',
      kind: 'slack',
      owner: 'a',
      send: ['digest'],
    },
  ]);
});

it.each([
  ['not JSON', '{', /cannot be read/],
  ['another shape', { hook: [] }, /does not say whom to notify/],
  ['another scheme', { hooks: [{ name: 'a', url: 'file:///etc' }] }, /does not say whom/],
  [
    'a secret that is not set',
    { hooks: [{ name: 'a', url: 'http://x', secretEnv: 'S' }] },
    /not set/,
  ],
  [
    'a name twice',
    { hooks: [1, 2].map(() => ({ name: 'a', url: 'http://x' })) },
    /two hooks named a/,
  ],
])('refuses %s', (_name, content, message) => {
  expect(() => read(content)).toThrow(message);
});

import { gzipSync } from 'node:zlib';

import { decodeContent } from '@stepfit/collector/ingest/request-body';
import { expect, test } from 'vitest';

const BODY = Buffer.from('body');

test('gzip is inflated, and what is not encoded is passed on', async () => {
  expect(await decodeContent(gzipSync(BODY), 'gzip', 100)).toEqual(BODY);
  expect(await decodeContent(gzipSync(BODY), ' GZIP ', 100)).toEqual(BODY);
  expect(await decodeContent(BODY, undefined, 100)).toBe(BODY);
  expect(await decodeContent(BODY, 'identity', 100)).toBe(BODY);
});

test('inflating stops at the limit', async () => {
  const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));

  await expect(decodeContent(bomb, 'gzip', 1_000)).rejects.toMatchObject({
    code: 'payload-too-large',
  });
});

test('half a body, no gzip at all, and other encodings are told apart', async () => {
  const whole = gzipSync(BODY);

  await expect(decodeContent(whole.subarray(0, -5), 'gzip', 100)).rejects.toMatchObject({
    code: 'invalid-input',
  });
  await expect(decodeContent(BODY, 'gzip', 100)).rejects.toMatchObject({ code: 'invalid-input' });
  await expect(decodeContent(BODY, 'br', 100)).rejects.toMatchObject({
    code: 'unsupported-media-type',
  });
});

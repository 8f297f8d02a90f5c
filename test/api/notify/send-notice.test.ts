import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type Digest, noticeWords, slackMessage } from '@stepfit/api/notify/messages';
import { sendNotice, signatureOf } from '@stepfit/api/notify/send-notice';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const DIGEST: Digest = {
  type: 'stepfit.digest',
  project: 'default',
  owner: 'vision',
  toDo: [
    {
      flow: 'TrainFlow',
      step: 'train',
      suggestionId: 'a1',
      change: 'memory 16 GiB → 4 GiB',
      costUsdPerRun: 0.33,
    },
    {
      flow: 'TrainFlow',
      step: 'score<b>',
      suggestionId: 'a2',
      change: 'cpu 8 → 2',
      costUsdPerRun: 0.1,
      note: 'By now 40 attempts suggest 3 cores, not 2 cores.',
    },
  ],
  happened: [
    {
      flow: 'TrainFlow',
      step: 'prep',
      suggestionId: 'a3',
      change: 'memory 8 GiB → 5.5 GiB',
      note: 'apply',
    },
  ],
};
const AT = new Date('2026-11-23T09:00:00.000Z');

describe('a notice', () => {
  it('in words, for people', async () => {
    const { heading, lines } = noticeWords(DIGEST);
    await expect([heading, ...lines].join('\n')).toMatchFileSnapshot('../../golden/digest.txt');
  });

  it('for Slack: text and blocks, with its three characters escaped', () => {
    const message = slackMessage(DIGEST) as { text: string; blocks: object[] };

    expect(message.text).toContain('score&lt;b&gt;: cpu 8');
    expect(message.blocks).toMatchObject([
      {
        type: 'section',
        text: { type: 'mrkdwn', text: '*StepFit: 2 suggestions for vision in default*' },
      },
      { type: 'section', text: { type: 'mrkdwn' } },
    ]);
  });
});

describe('sending a notice', () => {
  let received: { headers: IncomingHttpHeaders; body: string }[] = [];
  let status = 204;
  let url: string;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(status).end();
    });
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  });
  afterAll(() => server.close());
  beforeEach(() => {
    received = [];
    status = 204;
  });

  it('signs as Standard Webhooks says: its own example', () => {
    const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
    const body = '{"test": 2432232314}';

    expect(signatureOf(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330', body)).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('sends JSON with an id, the time and the signature of exactly the body', async () => {
    const secret = Buffer.from('secret');
    const hook = { name: 'h', url, kind: 'webhook', send: ['digest'], secret } as const;
    await sendNotice(hook, DIGEST, { id: 'msg_1', at: AT });

    const [{ headers, body } = { headers: {}, body: '' }] = received;
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1795424400',
      'webhook-signature': signatureOf(secret, 'msg_1', '1795424400', body),
    });
    expect(JSON.parse(body)).toEqual({
      type: 'stepfit.digest',
      timestamp: AT.toISOString(),
      data: DIGEST,
    });
  });

  it('fails where the receiver does not take it, or is not there', async () => {
    const hook = { name: 'h', url, kind: 'slack', send: ['digest'] } as const;
    status = 500;
    await expect(sendNotice(hook, DIGEST, { id: 'm', at: AT })).rejects.toThrow('answered 500');
    const nowhere = { ...hook, url: 'http://127.0.0.1:9/' };
    await expect(sendNotice(nowhere, DIGEST, { id: 'm', at: AT })).rejects.toThrow('fetch failed');
    expect(received[0]?.headers['webhook-signature']).toBeUndefined();
  });
});

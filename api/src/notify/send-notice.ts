import { createHmac } from 'node:crypto';

import { type Notice, slackMessage } from './messages.ts';
import type { Hook } from './notify-config.ts';

/** A receiver that takes longer is asked again later. */
const TIMEOUT_MS = 10_000;
const MS_PER_SECOND = 1000;

/** Of every try to deliver the same notice the same, so that receivers can tell. */
export interface Delivery {
  readonly id: string;
  readonly at: Date;
}

/** `webhook-signature` of Standard Webhooks: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64. */
export function signatureOf(secret: Buffer, id: string, timestamp: string, body: string): string {
  const digest = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return `v1,${digest}`;
}

/**
 * Sends a notice: to Slack as a message, to anybody else as JSON with the headers of Standard Webhooks
 * (https://www.standardwebhooks.com), signed where there is a secret.
 *
 * @throws whatever kept it from being delivered, an answer other than 2xx included.
 */
export async function sendNotice(hook: Hook, notice: Notice, { id, at }: Delivery): Promise<void> {
  const payload =
    hook.kind === 'slack'
      ? slackMessage(notice)
      : { type: notice.type, timestamp: at.toISOString(), data: notice };
  const body = JSON.stringify(payload);
  const timestamp = String(Math.floor(at.getTime() / MS_PER_SECOND));
  const response = await fetch(hook.url, {
    method: 'POST',
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      'content-type': 'application/json',
      'user-agent': 'stepfit',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      ...(hook.secret !== undefined && {
        'webhook-signature': signatureOf(hook.secret, id, timestamp, body),
      }),
    },
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`The receiver answered ${response.status}.`);
}

import type { IncomingMessage } from 'node:http';

import { loadHttp } from '../load-http.ts';
import type { Settings } from '../settings.ts';
import { SAMPLER } from '../version.ts';

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export interface Question {
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly target: string;
  readonly body?: unknown;
  readonly withinMs: number;
}

/**
 * Asks the StepFit server's REST API; resolves with the JSON of a success, and with `undefined` for anything else:
 * a refusal, silence, another program on that port. Never rejects, never keeps the program alive.
 */
export async function askServer(
  { url, token }: Pick<Settings, 'url' | 'token'>,
  { method, target, body, withinMs }: Question,
): Promise<unknown> {
  try {
    const address = new URL(url.replace(/\/+$/, '') + target);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      accept: 'application/json',
      'user-agent': SAMPLER,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(text !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      }),
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = loadHttp(address).request(address, { method, headers, agent: false }, resolve);
      setTimeout(() => sent.destroy(new Error('no answer in time')), withinMs).unref();
      sent.on('socket', (socket) => socket.unref());
      sent.on('error', reject);
      sent.end(text);
    });
    const answer = await readText(response);
    const isSuccess = response.statusCode !== undefined && response.statusCode < 300;
    return isSuccess ? (JSON.parse(answer) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new Error('the answer is too large');
  }
  return Buffer.concat(chunks).toString('utf8');
}

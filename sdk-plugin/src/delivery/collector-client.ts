import type { Agent, ClientRequest, IncomingMessage } from 'node:http';

import { loadHttp } from '../load-http.ts';
import { type Answer, judgeAnswer } from './judge-answer.ts';
import type { ExportKind } from './spool.ts';

/** A collector that has not answered by then will not. */
const ANSWER_WITHIN_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;

export interface CollectorClientOptions {
  /** Where the collector listens, for example `http://127.0.0.1:4380`. */
  readonly url: string;
  readonly token?: string;
  readonly userAgent: string;
}

/** Posts exports to one collector over one kept connection, and says what became of each. Never throws. */
export class CollectorClient {
  readonly #options: CollectorClientOptions;
  #agent: Agent | undefined;
  #current: ClientRequest | undefined;

  constructor(options: CollectorClientOptions) {
    this.#options = options;
  }

  /** Sends a gzipped export to `/v1/<kind>`. A kept connection that has gone stale gets a second try. */
  async post(kind: ExportKind, body: Buffer): Promise<Answer> {
    try {
      const first = await this.#postOnce(kind, body);
      return first.isStale ? (await this.#postOnce(kind, body)).answer : first.answer;
    } catch (error) {
      return { verdict: 'unavailable', reason: String(error) };
    }
  }

  /** Ends a post that is under way. */
  abort(): void {
    this.#current?.destroy(new Error('given up'));
  }

  close(): void {
    this.abort();
    this.#agent?.destroy();
  }

  async #postOnce(
    kind: ExportKind,
    body: Buffer,
  ): Promise<{ readonly answer: Answer; readonly isStale: boolean }> {
    const { url, token, userAgent } = this.#options;
    const target = new URL(`${url.replace(/\/+$/, '')}/v1/${kind}`);
    const http = loadHttp(target);
    const agent = (this.#agent ??= new http.Agent({ keepAlive: true, maxSockets: 1 }));
    const headers = {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'content-length': body.length,
      'user-agent': userAgent,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    return new Promise((resolve) => {
      const sent = http.request(target, { method: 'POST', agent, headers }, (response) => {
        void readAnswer(response).then((answer) => {
          resolve({ answer, isStale: false });
        });
      });
      this.#current = sent;
      // Not the socket's timeout, which a collector that answers byte by byte never meets.
      const timer = setTimeout(
        () => sent.destroy(new Error('no answer in time')),
        ANSWER_WITHIN_MS,
      );
      sent.on('error', (error) => {
        const answer: Answer = { verdict: 'unavailable', reason: error.message };
        resolve({ answer, isStale: sent.reusedSocket });
      });
      sent.on('close', () => {
        clearTimeout(timer);
        this.#current = undefined;
      });
      sent.end(body);
    });
  }
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  let body = '';
  try {
    for await (const chunk of response) {
      body += String(chunk);
      if (body.length > MAX_ANSWER_BYTES) {
        response.destroy();
        break;
      }
    }
  } catch (error) {
    return { verdict: 'unavailable', reason: String(error) };
  }
  return judgeAnswer(response.statusCode ?? 0, response.headers['retry-after'], body);
}

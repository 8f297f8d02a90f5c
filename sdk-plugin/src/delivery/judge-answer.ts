/** What became of an export. */
export type Verdict = 'delivered' | 'refused' | 'unavailable';

export interface Answer {
  readonly verdict: Verdict;
  /** How long the collector asks to wait, within reason. */
  readonly retryAfterMs?: number;
  readonly reason?: string;
}

/** A collector may ask for patience, within reason: the samples wait in memory meanwhile. */
const MAX_RETRY_AFTER_MS = 30_000;

/**
 * What an HTTP answer means for the export.
 *
 * A success must be OTLP's: a page from some other server on that port acknowledges nothing. The client's own
 * mistakes (4xx but 408 and 429) would be answered the same way again, so they are not repeated.
 */
export function judgeAnswer(status: number, retryAfter: string | undefined, body: string): Answer {
  if (status >= 200 && status < 300) return judgeSuccess(body);
  const reason = `HTTP ${status}`;
  if (status !== 408 && status !== 429 && status < 500) return { verdict: 'refused', reason };
  const retryAfterMs = toRetryAfterMs(retryAfter);
  return {
    verdict: 'unavailable',
    reason,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function judgeSuccess(body: string): Answer {
  if (body.trim() === '') return { verdict: 'delivered' };
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    // Judged below.
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    return { verdict: 'unavailable', reason: 'the answer is not OTLP' };
  }
  const { partialSuccess } = answer as { partialSuccess?: { errorMessage?: unknown } | null };
  const message = partialSuccess?.errorMessage;
  return typeof message === 'string' && message !== ''
    ? { verdict: 'delivered', reason: message }
    : { verdict: 'delivered' };
}

function toRetryAfterMs(text: string | undefined): number | undefined {
  const seconds = Number(text);
  if (text === undefined || text.trim() === '' || Number.isNaN(seconds)) return undefined;
  return Math.min(Math.max(seconds * 1000, 0), MAX_RETRY_AFTER_MS);
}

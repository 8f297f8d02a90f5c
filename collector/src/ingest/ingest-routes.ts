import { DEFAULT_PROJECT, RESOURCE_ATTRIBUTES } from '@stepfit/sdk-plugin/contract/attributes';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { CollectorContext } from '../collector-context.ts';
import { decodeMetricsJson, decodeTracesJson } from '../otlp/decode-json.ts';
import { decodeMetricsProtobuf } from '../otlp/decode-metrics-protobuf.ts';
import { decodeTracesProtobuf } from '../otlp/decode-traces-protobuf.ts';
import type { OtlpAttributes } from '../otlp/otlp-request.ts';
import { type Rejection, RejectionTally } from '../otlp/rejection.ts';
import { spansToUsage } from '../otlp/spans-to-usage.ts';
import { timeBounds } from '../otlp/time-bounds.ts';
import { metricsToUsage, type UsageOfRequest } from '../otlp/to-usage.ts';
import { stepKey } from '../usage/admit-steps.ts';
import { type AttemptReport, countPoints } from '../usage/usage-report.ts';
import type { IngestLimits } from './ingest-limits.ts';
import {
  CONTENT_TYPES,
  encodeStatus,
  encodeSuccess,
  type OtlpEncoding,
  type RejectedField,
} from './otlp-response.ts';
import { createQuietLog } from './quiet-log.ts';
import { decodeContent } from './request-body.ts';
import { toFailure, unsupportedMediaType } from './request-failure.ts';
import { createUsageWriter } from './usage-writer.ts';

/** Whether a request may write to a project. */
export type MayWrite = (request: FastifyRequest, project: string) => boolean;

/** What differs between the two signals. */
interface Signal {
  readonly url: string;
  readonly rejectedField: RejectedField;
  readonly read: (
    body: Buffer,
    encoding: OtlpEncoding,
    limits: IngestLimits,
    nowMs: number,
  ) => ReadRequest;
}

interface ReadRequest extends UsageOfRequest {
  /** Of the first resource, for the log. */
  readonly project: string;
}

const SIGNALS: readonly Signal[] = [
  { url: '/v1/metrics', rejectedField: 'rejectedDataPoints', read: readMetrics },
  { url: '/v1/traces', rejectedField: 'rejectedSpans', read: readTraces },
];

/** Long enough for a database to come back from a restart, short beside a sampler's spool. */
const RETRY_AFTER_SECONDS = '2';

/**
 * Registers OTLP/HTTP: `POST /v1/metrics` and `/v1/traces`, protobuf and JSON, with gzip. A success is
 * answered only after what was accepted is committed. Closing the app waits for requests under way.
 */
export async function ingestRoutes(
  app: FastifyInstance,
  context: CollectorContext,
  mayWrite: MayWrite = () => true,
): Promise<void> {
  await app.register(async (scope) => {
    const { limits, clock, log, meters } = context;
    const writer = createUsageWriter(context);
    const badInput = createQuietLog(clock, (fields) => {
      log.warn(fields, 'bad input refused');
    });
    const notStored = createQuietLog(clock, (fields) => {
      log.error(fields, 'requests not stored');
    });
    scope.addHook('onClose', async () => writer.close());
    acceptContent(scope, limits);

    scope.setErrorHandler((error, request, reply) => {
      const failure = toFailure(error);
      const kind = { reason: failure.code, project: '' };
      if (failure.http >= 500) notStored.note(kind, describeCauses(error));
      else badInput.note(kind, failure.message);
      if (failure.http === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
      const encoding = encodingOf(request) ?? 'json';
      return answer(
        reply.code(failure.http),
        encoding,
        encodeStatus(failure.rpc, failure.message, encoding),
      );
    });

    for (const { url, rejectedField, read } of SIGNALS) {
      scope.post(url, async (request, reply) => {
        const encoding = encodingOf(request);
        if (encoding === undefined) throw unsupportedMediaType(request.headers['content-type']);
        const { reports, rejections, project } = read(
          bodyOf(request),
          encoding,
          limits,
          clock().getTime(),
        );
        const own = reports.filter(({ identity }) => mayWrite(request, identity.project));
        const refusedSteps = own.length === 0 ? new Set<string>() : await writer.write(own);
        const all = [
          ...rejections,
          ...otherProjectRejections(reports, own),
          ...refusedStepRejections(own, refusedSteps, limits),
        ];
        for (const { reason, name, count, detail } of all) {
          meters?.pointsRejected(count, reason);
          badInput.note({ reason, project }, `${name}: ${detail}`);
        }
        return answer(reply.code(200), encoding, encodeSuccess(all, rejectedField, encoding));
      });
    }
  });
}

/** The message with those of what caused it: the answer hides them, the log must not. */
function describeCauses(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined
    ? error.message
    : `${error.message} ${describeCauses(error.cause)}`;
}

function acceptContent(scope: FastifyInstance, limits: IngestLimits): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    Object.values(CONTENT_TYPES),
    { parseAs: 'buffer', bodyLimit: limits.maxBodyBytes },
    async (request: FastifyRequest, body: Buffer) =>
      decodeContent(body, request.headers['content-encoding'], limits.maxInflatedBytes),
  );
}

function encodingOf(request: FastifyRequest): OtlpEncoding | undefined {
  const mediaType = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === CONTENT_TYPES.protobuf) return 'protobuf';
  return mediaType === CONTENT_TYPES.json ? 'json' : undefined;
}

/** A request without a body is an empty message. */
function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

function answer(reply: FastifyReply, encoding: OtlpEncoding, body: Buffer): FastifyReply {
  return reply.header('content-type', CONTENT_TYPES[encoding]).send(body);
}

function readMetrics(
  body: Buffer,
  encoding: OtlpEncoding,
  limits: IngestLimits,
  nowMs: number,
): ReadRequest {
  const request =
    encoding === 'protobuf'
      ? decodeMetricsProtobuf(body, limits)
      : decodeMetricsJson(body.toString('utf8'), limits);
  const usage = metricsToUsage(request, timeBounds(nowMs, limits.retentionDays), limits);
  return { ...usage, project: projectOf(request.resources[0]?.attributes) };
}

function readTraces(
  body: Buffer,
  encoding: OtlpEncoding,
  limits: IngestLimits,
  nowMs: number,
): ReadRequest {
  const request =
    encoding === 'protobuf'
      ? decodeTracesProtobuf(body, limits)
      : decodeTracesJson(body.toString('utf8'), limits);
  const usage = spansToUsage(request, timeBounds(nowMs, limits.retentionDays), limits);
  return { ...usage, project: projectOf(request.resources[0]?.attributes) };
}

function projectOf(attributes: OtlpAttributes | undefined): string {
  const project = attributes?.get(RESOURCE_ATTRIBUTES.project.name) ?? DEFAULT_PROJECT;
  return String(project).slice(0, 100);
}

function otherProjectRejections(
  reports: readonly AttemptReport[],
  own: readonly AttemptReport[],
): readonly Rejection[] {
  if (own.length === reports.length) return [];
  const tally = new RejectionTally();
  const kept = new Set(own);
  for (const report of reports) {
    if (kept.has(report)) continue;
    const detail = 'the token is for another project; samplers take theirs from STEPFIT_PROJECT';
    tally.add('other-project', report.identity.project, sizeOf(report), detail);
  }
  return tally.list();
}

function refusedStepRejections(
  reports: readonly AttemptReport[],
  refusedSteps: ReadonlySet<string>,
  { maxStepsPerProject }: IngestLimits,
): readonly Rejection[] {
  if (refusedSteps.size === 0) return [];
  const tally = new RejectionTally();
  for (const report of reports) {
    const { flow, step } = report.identity;
    if (!refusedSteps.has(stepKey(report.identity))) continue;
    tally.add(
      'too-many-steps',
      `${flow}/${step}`,
      sizeOf(report),
      `the project has ${maxStepsPerProject} steps already`,
    );
  }
  return tally.list();
}

/** Points refused with a report; a span has none and counts as one. */
function sizeOf(report: AttemptReport): number {
  return Math.max(1, countPoints(report));
}

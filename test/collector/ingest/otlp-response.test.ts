import { encodeStatus, encodeSuccess } from '@stepfit/collector/ingest/otlp-response';
import type { Rejection } from '@stepfit/collector/otlp/rejection';
import { expect, test } from 'vitest';

import { decodeOtlp } from '../../support/otlp-proto.ts';

const REJECTIONS: readonly Rejection[] = [
  { reason: 'unknown-metric', name: 'x', count: 300, detail: 'it is not known' },
  { reason: 'bad-attribute', name: 'stepfit.qos', count: 0, detail: 'it must be text' },
];
const MESSAGE =
  'x: 300 rejected (unknown-metric): it is not known; ' +
  'stepfit.qos left out (bad-attribute): it must be text';

test('a partial success is the same in both encodings', () => {
  const protobuf = encodeSuccess(REJECTIONS, 'rejectedDataPoints', 'protobuf');
  const json = encodeSuccess(REJECTIONS, 'rejectedDataPoints', 'json');

  const expected = { partialSuccess: { rejectedDataPoints: '300', errorMessage: MESSAGE } };
  expect(decodeOtlp('MetricsResponse', protobuf)).toEqual(expected);
  expect(JSON.parse(json.toString())).toEqual(expected);
});

test('spans have a field of their own', () => {
  const json = encodeSuccess(REJECTIONS, 'rejectedSpans', 'json');

  expect(JSON.parse(json.toString())).toMatchObject({ partialSuccess: { rejectedSpans: '300' } });
  expect(
    decodeOtlp('TracesResponse', encodeSuccess(REJECTIONS, 'rejectedSpans', 'protobuf')),
  ).toEqual({
    partialSuccess: { rejectedSpans: '300', errorMessage: MESSAGE },
  });
});

test('a full success is an empty message', () => {
  expect(encodeSuccess([], 'rejectedSpans', 'protobuf')).toHaveLength(0);
  expect(encodeSuccess([], 'rejectedSpans', 'json').toString()).toBe('{}');
});

test('a failure is a google.rpc.Status, its message cut to what an exporter can log', () => {
  const message = `${'é'.repeat(5_000)}`;

  const protobuf = decodeOtlp('RpcStatus', encodeStatus(3, message, 'protobuf'));
  const json: unknown = JSON.parse(encodeStatus(3, message, 'json').toString());

  expect(protobuf).toEqual({ code: 3, message: 'é'.repeat(4_000) });
  expect(json).toEqual(protobuf);
});

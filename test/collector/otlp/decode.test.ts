import { decodeMetricsJson, decodeTracesJson } from '@stepfit/collector/otlp/decode-json';
import { decodeMetricsProtobuf } from '@stepfit/collector/otlp/decode-metrics-protobuf';
import { decodeTracesProtobuf } from '@stepfit/collector/otlp/decode-traces-protobuf';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { metricsRequestArbitrary, tracesRequestArbitrary } from '../../support/otlp-arbitraries.ts';
import { decodeOtlp, encodeOtlp } from '../../support/otlp-proto.ts';
import { keyValues, metricOf, metricsRequest, resourceOf } from '../../support/otlp.ts';

const LIMITS = { maxAttributes: 10_000, maxPoints: 10_000 };
const AT_MS = Date.parse('2026-06-01T12:00:00.123Z');

const SAMPLE = metricsRequest(resourceOf({ startedUnixMs: AT_MS }), [
  metricOf('cpuTime', [{ atMs: AT_MS, value: 1.5, attributes: { 'cpu.mode': 'user' } }]),
  metricOf('memoryUsage', [{ atMs: AT_MS, value: 2 ** 40 }]),
]);

/** How decoding ended: `decoded`, the code of one of our errors, or any other error itself. */
function ending(decode: () => unknown): unknown {
  try {
    decode();
    return 'decoded';
  } catch (error) {
    return error instanceof StepfitError ? error.code : error;
  }
}

const ENDINGS: readonly unknown[] = ['decoded', 'invalid-input', 'payload-too-large'];

describe('the protobuf decoder', () => {
  test('reads names, units, times to the millisecond, values and attributes', () => {
    const { resources } = decodeMetricsProtobuf(encodeOtlp('MetricsRequest', SAMPLE), LIMITS);

    expect(resources[0]?.attributes.get('cicd.pipeline.name')).toBe('TrainFlow');
    expect(resources[0]?.metrics).toEqual([
      {
        name: 'process.cpu.time',
        unit: 's',
        kind: 'sum',
        temporality: 2,
        isMonotonic: true,
        points: [{ timeMs: AT_MS, value: 1.5, attributes: new Map([['cpu.mode', 'user']]) }],
        pointCount: 1,
      },
      {
        name: 'process.memory.usage',
        unit: 'By',
        kind: 'gauge',
        temporality: 0,
        isMonotonic: false,
        points: [{ timeMs: AT_MS, value: 2 ** 40, attributes: new Map() }],
        pointCount: 1,
      },
    ]);
  });

  test('reads metrics as protobufjs does, whatever they hold', () => {
    fc.assert(
      fc.property(metricsRequestArbitrary, (request) => {
        const bytes = encodeOtlp('MetricsRequest', request);

        const decoded = decodeMetricsProtobuf(bytes, LIMITS);

        const oracle = JSON.stringify(decodeOtlp('MetricsRequest', bytes));
        expect(decoded).toEqual(decodeMetricsJson(oracle, LIMITS));
      }),
    );
  });

  test('reads spans as protobufjs does, whatever they hold', () => {
    fc.assert(
      fc.property(tracesRequestArbitrary, (request) => {
        const bytes = encodeOtlp('TracesRequest', request);

        const decoded = decodeTracesProtobuf(bytes, LIMITS);

        const oracle = JSON.stringify(decodeOtlp('TracesRequest', bytes));
        expect(decoded).toEqual(decodeTracesJson(oracle, LIMITS));
      }),
    );
  });

  test('reads negative integers and those beyond 2^53 as the nearest double', () => {
    for (const value of ['-1', '-9223372036854775808', '9223372036854775807', '4503599627370497']) {
      const request = metricsRequest({ attributes: [{ key: 'k', value: { intValue: value } }] }, [
        { name: 'm', gauge: { dataPoints: [{ timeUnixNano: '1', asInt: value }] } },
      ]);

      const { resources } = decodeMetricsProtobuf(encodeOtlp('MetricsRequest', request), LIMITS);

      expect(resources[0]?.attributes.get('k')).toBe(Number(value));
      expect(resources[0]?.metrics[0]?.points[0]?.value).toBe(Number(value));
    }
  });

  test('refuses a message cut off anywhere, or reads what came before the cut', () => {
    const whole = encodeOtlp('MetricsRequest', SAMPLE);
    for (let length = 1; length < whole.length; length += 1) {
      // Everything is inside one `resource_metrics` field, so no proper prefix is a message.
      expect(() => decodeMetricsProtobuf(whole.subarray(0, length), LIMITS)).toThrow(StepfitError);
    }
  });

  test('ends in a value or a refusal for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(ENDINGS).toContain(ending(() => decodeMetricsProtobuf(bytes, LIMITS)));
        expect(ENDINGS).toContain(ending(() => decodeTracesProtobuf(bytes, LIMITS)));
      }),
      { numRuns: 2_000 },
    );
  });

  test('ends in a value or a refusal for a valid message with a few bytes changed', () => {
    const whole = encodeOtlp('MetricsRequest', SAMPLE);
    const changes = fc.array(
      fc.tuple(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 0, max: 255 })),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(changes, (edits) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, value] of edits) bytes[at] = value;
        expect(ENDINGS).toContain(ending(() => decodeMetricsProtobuf(bytes, LIMITS)));
      }),
      { numRuns: 2_000 },
    );
  });

  test('refuses lengths that reach beyond the message, without allocating them', () => {
    // Field 1, length 2^35 - 1.
    const bytes = Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f]);

    expect(() => decodeMetricsProtobuf(bytes, LIMITS)).toThrow('a length reaches beyond');
  });

  test('refuses groups, field 0 and numbers that never end', () => {
    expect(() => decodeMetricsProtobuf(Buffer.from([0x0b]), LIMITS)).toThrow('wire type 3');
    expect(() => decodeMetricsProtobuf(Buffer.from([0x00, 0x01]), LIMITS)).toThrow('the number 0');
    expect(() => decodeMetricsProtobuf(Buffer.alloc(40, 0xff), LIMITS)).toThrow('ten bytes');
  });

  test('stops at the limits on attributes, points and empty messages', () => {
    const manyAttributes = metricsRequest(
      {
        attributes: keyValues(
          Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, i])),
        ),
      },
      [],
    );
    const manyPoints = metricsRequest({}, [
      { name: 'm', gauge: { dataPoints: Array.from({ length: 30 }, () => ({ asDouble: 1 })) } },
    ]);
    const manyEmpty = { resourceMetrics: Array.from({ length: 30 }, () => ({})) };
    const limits = { maxAttributes: 20, maxPoints: 20 };

    for (const request of [manyAttributes, manyPoints, manyEmpty]) {
      const bytes = encodeOtlp('MetricsRequest', request);
      expect(() => decodeMetricsProtobuf(bytes, limits)).toThrow('more than 20');
      expect(() => decodeMetricsJson(JSON.stringify(request), limits)).toThrow('more than 20');
    }
  });
});

describe('the JSON decoder', () => {
  test('reads the same request as the protobuf decoder', () => {
    fc.assert(
      fc.property(metricsRequestArbitrary, (request) => {
        expect(decodeMetricsJson(JSON.stringify(request), LIMITS)).toEqual(
          decodeMetricsProtobuf(encodeOtlp('MetricsRequest', request), LIMITS),
        );
      }),
    );
  });

  test('takes names as in the .proto files, integers as numbers, and words for what is no number', () => {
    const text = JSON.stringify({
      resource_metrics: [
        {
          resource: { attributes: [{ key: 'n', value: { int_value: 7 } }] },
          scope_metrics: [
            {
              metrics: [
                {
                  name: 'm',
                  unit: null,
                  gauge: {
                    data_points: [
                      { time_unix_nano: 1_000_000, as_int: 3 },
                      { time_unix_nano: '2999999', as_double: 'NaN' },
                      { time_unix_nano: '3000000', as_double: '-Infinity' },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    });

    const { resources } = decodeMetricsJson(text, LIMITS);

    expect(resources[0]?.attributes).toEqual(new Map([['n', 7]]));
    const none = new Map();
    expect(resources[0]?.metrics[0]?.points).toEqual([
      { timeMs: 1, value: 3, attributes: none },
      { timeMs: 2, value: Number.NaN, attributes: none },
      { timeMs: 3, value: Number.NEGATIVE_INFINITY, attributes: none },
    ]);
  });

  test.each([
    ['not JSON', '{"resourceMetrics": ['],
    ['a list', '[]'],
    ['a number for a list', '{"resourceMetrics": 5}'],
    ['a string for an object', '{"resourceMetrics": ["x"]}'],
    ['an object for a name', '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":{}}]}]}]}'],
    [
      'a word for a time',
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"timeUnixNano":"now"}]}}]}]}]}',
    ],
    [
      'a negative time',
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"timeUnixNano":"-1"}]}}]}]}]}',
    ],
    [
      'a fraction for an integer',
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"asInt":1.5}]}}]}]}]}',
    ],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(() => decodeMetricsJson(text, LIMITS)).toThrow(StepfitError);
  });

  test('ends in a value or a refusal for any JSON, however deep', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(ENDINGS).toContain(ending(() => decodeMetricsJson(text, LIMITS)));
        expect(ENDINGS).toContain(
          ending(() => decodeMetricsJson(`{"resourceMetrics":[${text}]}`, LIMITS)),
        );
        expect(ENDINGS).toContain(
          ending(() => decodeTracesJson(`{"resourceSpans":[${text}]}`, LIMITS)),
        );
      }),
      { numRuns: 500 },
    );
    const deep = `{"resourceMetrics":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(ENDINGS).toContain(ending(() => decodeMetricsJson(deep, LIMITS)));
  });
});

import * as fc from 'fast-check';

/** Arbitrary OTLP requests in their JSON form, with everything a decoder may meet in a valid one. */

/** JSON has no negative zero. */
const finiteDouble = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => (value === 0 ? 0 : value));

const scalarValue = fc.oneof(
  fc.record({ stringValue: fc.string({ unit: 'grapheme', maxLength: 40 }) }),
  fc.record({ boolValue: fc.boolean() }),
  fc.record({ intValue: fc.maxSafeInteger().map(String) }),
  fc.record({ doubleValue: finiteDouble }),
);

/** Kinds of value that StepFit leaves out. */
const compositeValue = fc.oneof(
  fc.record({ arrayValue: fc.record({ values: fc.array(scalarValue, { maxLength: 3 }) }) }),
  fc.record({
    kvlistValue: fc.record({
      values: fc.array(fc.record({ key: fc.string(), value: scalarValue }), { maxLength: 3 }),
    }),
  }),
);

const attributes = fc.array(
  fc.record({
    key: fc.string({ unit: 'grapheme', maxLength: 30 }),
    value: fc.oneof(
      { weight: 5, arbitrary: scalarValue },
      { weight: 1, arbitrary: compositeValue },
    ),
  }),
  { maxLength: 5 },
);

const unixNano = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }).map(String);

const numberPoint = fc
  .record({
    startTimeUnixNano: unixNano,
    timeUnixNano: unixNano,
    attributes,
    flags: fc.constantFrom(0, 1),
    value: fc.oneof(
      fc.record({ asDouble: finiteDouble }),
      fc.record({ asInt: fc.maxSafeInteger().map(String) }),
      fc.constant({}),
    ),
  })
  .map(({ value, ...point }) => ({ ...point, ...value }));

const numberPoints = fc.array(numberPoint, { maxLength: 5 });
const otherPoints = fc.array(fc.record({ timeUnixNano: unixNano, sum: fc.integer() }), {
  maxLength: 3,
});

const metricData = fc.oneof(
  fc.record({ gauge: fc.record({ dataPoints: numberPoints }) }),
  fc.record({
    sum: fc.record({
      dataPoints: numberPoints,
      aggregationTemporality: fc.constantFrom(0, 1, 2),
      isMonotonic: fc.boolean(),
    }),
  }),
  fc.record({ histogram: fc.record({ dataPoints: otherPoints }) }),
  fc.record({ exponentialHistogram: fc.record({ dataPoints: otherPoints }) }),
  fc.record({ summary: fc.record({ dataPoints: otherPoints }) }),
  fc.constant({}),
);

const metric = fc
  .record({
    name: fc.string({ maxLength: 40 }),
    description: fc.string(),
    unit: fc.string({ maxLength: 5 }),
    data: metricData,
  })
  .map(({ data, ...head }) => ({ ...head, ...data }));

const span = fc.record({
  name: fc.string({ maxLength: 40 }),
  startTimeUnixNano: unixNano,
  endTimeUnixNano: unixNano,
  attributes,
  status: fc.record({ code: fc.constantFrom(0, 1, 2), message: fc.string() }),
});

export const metricsRequestArbitrary = fc.record({
  resourceMetrics: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeMetrics: fc.array(
        fc.record({
          scope: fc.record({ name: fc.string() }),
          metrics: fc.array(metric, { maxLength: 4 }),
        }),
        { maxLength: 2 },
      ),
    }),
    { maxLength: 3 },
  ),
});

export const tracesRequestArbitrary = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeSpans: fc.array(fc.record({ spans: fc.array(span, { maxLength: 3 }) }), {
        maxLength: 2,
      }),
    }),
    { maxLength: 3 },
  ),
});

import { DEFAULT_INGEST_LIMITS } from '@stepfit/collector/ingest/ingest-limits';
import { decodeMetricsJson } from '@stepfit/collector/otlp/decode-json';
import { decodeMetricsProtobuf } from '@stepfit/collector/otlp/decode-metrics-protobuf';
import { timeBounds } from '@stepfit/collector/otlp/time-bounds';
import { metricsToUsage } from '@stepfit/collector/otlp/to-usage';
import { METRICS, type MetricKey } from '@stepfit/sdk-plugin/contract/metrics';

import { decodeOtlp, encodeOtlp } from '../support/otlp-proto.ts';
import { metricOf, metricsRequest, resourceOf } from '../support/otlp.ts';
import { compare, print } from './measure.ts';

const POINTS_PER_METRIC = 50;
const REQUESTS = 200;

/** Bytes → usage of one attempt's minute, against protobufjs reading the same bytes into objects. */
export async function benchDecode(): Promise<void> {
  const nowMs = Date.now();
  const keys = Object.keys(METRICS) as MetricKey[];
  const request = metricsRequest(
    resourceOf({ startedUnixMs: nowMs - 60_000, hostName: 'node-17', backend: 'kubernetes' }),
    keys.map((key) =>
      metricOf(
        key,
        Array.from({ length: POINTS_PER_METRIC }, (_, index) => ({
          atMs: nowMs - 60_000 + index * 1000,
          value: index / POINTS_PER_METRIC,
          attributes: Object.fromEntries(METRICS[key].seriesAttributes.map((name) => [name, '0'])),
        })),
      ),
    ),
  );
  const points = keys.length * POINTS_PER_METRIC;
  const bytes = encodeOtlp('MetricsRequest', request);
  const json = JSON.stringify(request);
  const bounds = timeBounds(nowMs, DEFAULT_INGEST_LIMITS.retentionDays);

  function repeat(work: () => unknown): () => Promise<number> {
    return async () => {
      for (let index = 0; index < REQUESTS; index += 1) work();
      return REQUESTS * points;
    };
  }
  const limits = DEFAULT_INGEST_LIMITS;
  print(
    `Decoding requests of ${points} points (${bytes.length} bytes of protobuf, ${json.length} of JSON)`,
    await compare(5, [
      {
        what: 'protobuf: decoded, judged, in the store’s units',
        unit: 'points',
        run: repeat(() => metricsToUsage(decodeMetricsProtobuf(bytes, limits), bounds, limits)),
      },
      {
        what: 'protobuf: decoded',
        unit: 'points',
        run: repeat(() => decodeMetricsProtobuf(bytes, limits)),
      },
      {
        what: 'JSON: decoded, judged, in the store’s units',
        unit: 'points',
        run: repeat(() => metricsToUsage(decodeMetricsJson(json, limits), bounds, limits)),
      },
      {
        what: 'JSON.parse alone',
        unit: 'points',
        run: repeat(() => JSON.parse(json) as unknown),
      },
      {
        what: 'baseline: protobufjs 8 (reflection), decoded to objects',
        unit: 'points',
        run: repeat(() => decodeOtlp('MetricsRequest', bytes)),
      },
    ]),
  );
}

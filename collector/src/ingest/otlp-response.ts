import { countRejected, describeRejections, type Rejection } from '../otlp/rejection.ts';

/** How the sender encodes, and therefore how it is answered. */
export type OtlpEncoding = 'protobuf' | 'json';

export const CONTENT_TYPES: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** `rejectedDataPoints` or `rejectedSpans`: the only difference between the two responses. */
export type RejectedField = 'rejectedDataPoints' | 'rejectedSpans';

/** Longest text that an exporter is asked to log. */
const MAX_MESSAGE_LENGTH = 4_000;

/** google.rpc.Code of the classes of failure that the collector has. */
export const RPC_CODE = {
  invalidArgument: 3,
  resourceExhausted: 8,
  internal: 13,
  unavailable: 14,
} as const;

/**
 * The body of an `Export…ServiceResponse`: empty where all was taken, else a partial success that names what
 * was not and why.
 */
export function encodeSuccess(
  rejections: readonly Rejection[],
  rejectedField: RejectedField,
  encoding: OtlpEncoding,
): Buffer {
  const rejected = countRejected(rejections);
  const errorMessage = describeRejections(rejections).slice(0, MAX_MESSAGE_LENGTH);
  if (encoding === 'json') {
    // 64-bit integers are strings in proto3's JSON.
    const partialSuccess = { [rejectedField]: String(rejected), errorMessage };
    return Buffer.from(JSON.stringify(rejections.length === 0 ? {} : { partialSuccess }));
  }
  if (rejections.length === 0) return Buffer.alloc(0);
  return bytesField(
    1,
    Buffer.concat([varintField(1, rejected), bytesField(2, Buffer.from(errorMessage))]),
  );
}

/** The body of a failed request: `google.rpc.Status`. */
export function encodeStatus(code: number, message: string, encoding: OtlpEncoding): Buffer {
  const text = message.slice(0, MAX_MESSAGE_LENGTH);
  return encoding === 'json'
    ? Buffer.from(JSON.stringify({ code, message: text }))
    : Buffer.concat([varintField(1, code), bytesField(2, Buffer.from(text))]);
}

/** Proto3 leaves out zeros. */
function varintField(fieldNumber: number, value: number): Buffer {
  return value === 0
    ? Buffer.alloc(0)
    : Buffer.concat([Buffer.from([fieldNumber << 3]), varint(value)]);
}

function bytesField(fieldNumber: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(fieldNumber << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

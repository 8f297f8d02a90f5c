import type { DecodeBudget } from './decode-budget.ts';
import type { OtlpAttributes } from './otlp-request.ts';
import { fieldTag, type ProtobufReader, WIRE } from './protobuf-reader.ts';

/** Field numbers of opentelemetry/proto/{common,resource}/v1. */
const RESOURCE_ATTRIBUTES = fieldTag(1, WIRE.bytes);
const KEY = fieldTag(1, WIRE.bytes);
const VALUE = fieldTag(2, WIRE.bytes);
const STRING_VALUE = fieldTag(1, WIRE.bytes);
const BOOL_VALUE = fieldTag(2, WIRE.varint);
const INT_VALUE = fieldTag(3, WIRE.varint);
const DOUBLE_VALUE = fieldTag(4, WIRE.fixed64);

export type MutableAttributes = Map<string, string | number | boolean>;

export const NO_ATTRIBUTES: OtlpAttributes = new Map();

/** Reads the current field as a `Resource` into `attributes`. */
export function readResource(
  reader: ProtobufReader,
  attributes: MutableAttributes,
  budget: DecodeBudget,
): void {
  const outer = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === RESOURCE_ATTRIBUTES) readKeyValue(reader, attributes, budget);
    else reader.skip();
  }
  reader.leave(outer);
}

/** Reads the current field as a `KeyValue` into `attributes`; a value that is no scalar is left out. */
export function readKeyValue(
  reader: ProtobufReader,
  attributes: MutableAttributes,
  budget: DecodeBudget,
): void {
  budget.spendAttribute();
  let key = '';
  let value: string | number | boolean | undefined;
  const outer = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === KEY) key = reader.string();
    else if (tag === VALUE) value = readAnyValue(reader);
    else reader.skip();
  }
  reader.leave(outer);
  if (value !== undefined) attributes.set(key, value);
}

function readAnyValue(reader: ProtobufReader): string | number | boolean | undefined {
  let value: string | number | boolean | undefined;
  const outer = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === STRING_VALUE) value = reader.string();
    else if (tag === INT_VALUE) value = reader.int64();
    else if (tag === DOUBLE_VALUE) value = reader.double();
    else if (tag === BOOL_VALUE) value = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return value;
}

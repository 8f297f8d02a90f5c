import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import { unixNanoToMs } from './unix-nano.ts';

/**
 * Fields of proto3's JSON mapping as OTLP uses it: names in lowerCamelCase or as in the `.proto` file, 64-bit
 * integers as strings or numbers, `NaN` and `Infinity` as strings, `null` for absent.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws {StepfitError} `invalid-input` unless `value` is an object. */
export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongType(what, 'an object');
  }
  // Checked above: a JSON object has string keys and values of any kind.
  return value as JsonObject;
}

/** The field's value, `undefined` where it is absent or null. */
export function field(object: JsonObject, camelName: string): unknown {
  return object[camelName] ?? object[snakeName(camelName)] ?? undefined;
}

export function objectField(object: JsonObject, name: string): JsonObject | undefined {
  const value = field(object, name);
  return value === undefined ? undefined : asObject(value, name);
}

/** An absent list is an empty one. */
export function listField(object: JsonObject, name: string): readonly unknown[] {
  const value = field(object, name);
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw wrongType(name, 'an array');
  return value;
}

export function stringField(object: JsonObject, name: string): string {
  const value = field(object, name) ?? '';
  if (typeof value !== 'string') throw wrongType(name, 'a string');
  return value;
}

export function boolField(object: JsonObject, name: string): boolean {
  const value = field(object, name) ?? false;
  if (typeof value !== 'boolean') throw wrongType(name, 'true or false');
  return value;
}

export function intField(object: JsonObject, name: string): number {
  return toInt(field(object, name) ?? 0, name);
}

/** Nanoseconds since 1970 as milliseconds; 0 where absent. */
export function unixNanoField(object: JsonObject, name: string): number {
  const value = field(object, name) ?? 0;
  const nanos = BigInt(integerText(value, name));
  if (nanos < 0n || nanos >= 1n << 64n) throw wrongType(name, 'nanoseconds since 1970');
  return unixNanoToMs(Number(nanos >> 32n), Number(nanos & 0xffff_ffffn));
}

/** A 64-bit integer; beyond 2^53 the nearest double. */
export function toInt(value: unknown, what: string): number {
  return Number(integerText(value, what));
}

export function toDouble(value: unknown, what: string): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity') return Number.POSITIVE_INFINITY;
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
  if (typeof value === 'string' && /^-?\d{1,32}(\.\d{1,32})?([eE][+-]?\d{1,3})?$/.test(value)) {
    return Number(value);
  }
  throw wrongType(what, 'a number');
}

function integerText(value: unknown, what: string): string {
  // Twenty digits hold any 64-bit integer; longer ones would cost time to convert.
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return value;
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 64) {
    return BigInt(value).toString();
  }
  throw wrongType(what, 'an integer');
}

function snakeName(camelName: string): string {
  return camelName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function wrongType(what: string, expected: string): StepfitError {
  return new StepfitError(
    'invalid-input',
    `The body is not an OTLP request in JSON: ${what} must be ${expected}.`,
    { hint: 'See the OTLP/JSON encoding: https://opentelemetry.io/docs/specs/otlp/' },
  );
}

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import { unixNanoToMs } from './unix-nano.ts';

/** Protobuf's wire types; the two for groups are refused. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** The number that announces a field on the wire. */
export function fieldTag(fieldNumber: number, wire: (typeof WIRE)[keyof typeof WIRE]): number {
  return (fieldNumber << 3) | wire;
}

/**
 * A cursor over protobuf bytes. Every read checks the bounds of the message it is in, each field consumes at
 * least one byte and nothing is allocated by a length that the bytes do not have, so that any input ends, in
 * a value or in an error.
 */
export class ProtobufReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #strings = new StringTable();
  #position = 0;
  /** End of the innermost message entered. */
  #end: number;
  #tag = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.byteLength;
  }

  /** The next field's tag, `number << 3 | wire type`; 0 at the end of the message. */
  nextTag(): number {
    if (this.#position >= this.#end) return 0;
    this.#tag = this.#varint32();
    if (this.#tag >>> 3 === 0) throw malformed('a field has the number 0');
    return this.#tag;
  }

  /** Enters the nested message of the current field; pass the result to `leave`. */
  enter(): number {
    const outerEnd = this.#end;
    this.#end = this.#lengthEnd();
    return outerEnd;
  }

  leave(outerEnd: number): void {
    this.#position = this.#end;
    this.#end = outerEnd;
  }

  /** Skips the current field, whatever it is. */
  skip(): void {
    switch (this.#tag & 7) {
      case WIRE.varint:
        this.#varint();
        return;
      case WIRE.fixed64:
        this.#advance(8);
        return;
      case WIRE.bytes:
        this.#position = this.#lengthEnd();
        return;
      case WIRE.fixed32:
        this.#advance(4);
        return;
      default:
        // Groups left protobuf before OTLP came to be.
        throw malformed(`a field has the wire type ${this.#tag & 7}`);
    }
  }

  string(): string {
    const end = this.#lengthEnd();
    const text = this.#strings.read(this.#bytes, this.#position, end);
    this.#position = end;
    return text;
  }

  bool(): boolean {
    return this.#varint() !== 0;
  }

  /** A uint32 or an enum. */
  uint32(): number {
    return this.#varint32();
  }

  /** A signed 64-bit varint; beyond 2^53 the nearest double. */
  int64(): number {
    return this.#varint();
  }

  double(): number {
    const at = this.#advance(8);
    return this.#view.getFloat64(at, true);
  }

  /** A signed fixed 64-bit integer; beyond 2^53 the nearest double. */
  sfixed64(): number {
    const at = this.#advance(8);
    return this.#view.getInt32(at + 4, true) * 4294967296 + this.#view.getUint32(at, true);
  }

  /** A fixed 64-bit count of nanoseconds since 1970, as milliseconds. */
  unixNano(): number {
    const at = this.#advance(8);
    return unixNanoToMs(this.#view.getUint32(at + 4, true), this.#view.getUint32(at, true));
  }

  /** Moves over `length` bytes and returns where they begin. */
  #advance(length: number): number {
    const at = this.#position;
    if (at + length > this.#end) throw malformed('it ends in the middle of a field');
    this.#position = at + length;
    return at;
  }

  #lengthEnd(): number {
    const length = this.#varint();
    const end = this.#position + length;
    if (length < 0 || end > this.#end) throw malformed('a length reaches beyond its message');
    return end;
  }

  #varint32(): number {
    return this.#varint() >>> 0;
  }

  #varint(): number {
    const bytes = this.#bytes;
    const first = bytes[this.#position];
    if (this.#position < this.#end && first !== undefined && first < 0x80) {
      this.#position += 1;
      return first;
    }
    return this.#longVarint();
  }

  #longVarint(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#advance(1)] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 28) low += bits * 2 ** shift;
      else high += bits * 2 ** (shift - 28);
      if (byte < 0x80) {
        // Bits beyond the 64th are cut off; the 64th is the sign.
        const unsigned = (high % 2 ** 36) * 2 ** 28 + low;
        return high % 2 ** 36 >= 2 ** 35 ? signed64(high % 2 ** 36, low) : unsigned;
      }
    }
    throw malformed('a number is longer than ten bytes');
  }
}

/** Two's complement in parts, since 2^64 - 1 and 2^64 are the same double. */
function signed64(high: number, low: number): number {
  return (high - 2 ** 36) * 2 ** 28 + low;
}

function malformed(what: string): StepfitError {
  return new StepfitError('invalid-input', `The body is not valid protobuf: ${what}.`, {
    hint: 'Send an OTLP export request, whole, as application/x-protobuf.',
  });
}

const SLOTS = 512;
const MAX_INTERNED_BYTES = 64;

/**
 * Turns bytes into strings, and the same short bytes into the same string: attribute keys and values repeat
 * from point to point, and comparing bytes costs a fraction of decoding UTF-8.
 */
class StringTable {
  readonly #texts: string[] = [];
  readonly #starts = new Int32Array(SLOTS);
  readonly #lengths = new Int32Array(SLOTS).fill(-1);

  read(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > MAX_INTERNED_BYTES) return bytes.toString('utf8', start, end);
    let hash = length;
    for (let i = start; i < end; i += 1) hash = (Math.imul(hash, 31) + (bytes[i] ?? 0)) | 0;
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.#texts[slot];
    if (known !== undefined && this.#holds(slot, bytes, start, length)) return known;
    const text = bytes.toString('utf8', start, end);
    this.#texts[slot] = text;
    this.#starts[slot] = start;
    this.#lengths[slot] = length;
    return text;
  }

  #holds(slot: number, bytes: Buffer, start: number, length: number): boolean {
    if (this.#lengths[slot] !== length) return false;
    const knownStart = this.#starts[slot] ?? 0;
    for (let i = 0; i < length; i += 1) {
      if (bytes[knownStart + i] !== bytes[start + i]) return false;
    }
    return true;
  }
}

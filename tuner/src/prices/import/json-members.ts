import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

/** One member of an object inside a JSON text: where it is, and its value. */
export interface JsonMember {
  /** Names on the way to it, its own last. */
  readonly path: readonly string[];
  readonly value: unknown;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number> = new Set([0x7d, 0x5d]);
const OPEN_OBJECT = 0x7b;
const PLAIN_IN_STRING = /[^"\\]*/y;
const PLAIN_BETWEEN = /[^"{}[\],]*/y;

/**
 * Reads a JSON text that is too large for a string, and yields those members which are objects and that
 * `isWanted` by their path, one at a time: no more than one of them is in memory. Members inside a wanted one
 * are not asked for again.
 *
 * @throws {StepfitError} `invalid-input` where the text ends early or a wanted value is not JSON.
 */
export async function* jsonMembers(
  chunks: AsyncIterable<string>,
  isWanted: (path: readonly string[]) => boolean,
): AsyncGenerator<JsonMember> {
  const scanner = new MemberScanner(isWanted);
  for await (const chunk of chunks) yield* scanner.scan(chunk);
  scanner.end();
}

/** Follows the nesting by brackets and strings alone; only wanted objects are parsed. */
class MemberScanner {
  readonly #isWanted: (path: readonly string[]) => boolean;
  /** Names on the way to where the scanner is; an array's elements have an empty name. */
  readonly #path: string[] = [];
  /** For each open bracket, whether it is an object's. */
  readonly #open: boolean[] = [];
  #isInString = false;
  #isEscaped = false;
  /** True where the next string names a member. */
  #isName = false;
  /** Text of the name being read, escapes as written. */
  #name = '';
  /** Depth at which the wanted value began; 0 while there is none. */
  #wantedDepth = 0;
  #wanted = '';

  constructor(isWanted: (path: readonly string[]) => boolean) {
    this.#isWanted = isWanted;
  }

  *scan(chunk: string): Generator<JsonMember> {
    let from = 0;
    for (let at = this.#skip(chunk, 0); at < chunk.length; at = this.#skip(chunk, at + 1)) {
      const code = chunk.charCodeAt(at);
      if (this.#isInString) {
        this.#readString(code, chunk, at);
      } else if (code === QUOTE) {
        this.#isInString = true;
        this.#name = '';
      } else if (OPENING.has(code)) {
        if (this.#begin(code === OPEN_OBJECT)) from = at;
      } else if (CLOSING.has(code)) {
        const isLast = this.#wantedDepth === this.#open.length && this.#wantedDepth > 0;
        if (isLast) yield this.#take(chunk.slice(from, at + 1));
        this.#close();
      } else if (code === COMMA) {
        this.#isName = this.#open.at(-1) === true;
      }
    }
    if (this.#wantedDepth > 0) this.#wanted += chunk.slice(from);
  }

  /** @throws {StepfitError} `invalid-input` where brackets or a string are still open. */
  end(): void {
    if (this.#open.length > 0 || this.#isInString) throw invalid('it ends in the middle');
  }

  /** The next place at or after `at` that matters: most of a text is inside strings and between brackets. */
  #skip(chunk: string, at: number): number {
    if (this.#isInString && (this.#isName || this.#isEscaped)) return at;
    const plain = this.#isInString ? PLAIN_IN_STRING : PLAIN_BETWEEN;
    plain.lastIndex = at;
    plain.test(chunk);
    return plain.lastIndex;
  }

  #readString(code: number, chunk: string, at: number): void {
    const isEnd = code === QUOTE && !this.#isEscaped;
    this.#isEscaped = code === BACKSLASH && !this.#isEscaped;
    if (!isEnd) {
      if (this.#isName) this.#name += chunk[at];
      return;
    }
    this.#isInString = false;
    if (!this.#isName) return;
    this.#isName = false;
    if (this.#wantedDepth === 0) this.#enter(this.#name);
  }

  /** Names the member at which the scanner is, and forgets those that were deeper. */
  #enter(name: string): void {
    this.#path.splice(this.#open.length - 1, Infinity, name);
  }

  /** Returns true where the value that begins is wanted. */
  #begin(isObject: boolean): boolean {
    const isInArray = this.#open.at(-1) === false;
    if (isInArray && this.#wantedDepth === 0) this.#enter('');
    const isFirst =
      this.#wantedDepth === 0 && isObject && this.#open.length > 0 && this.#isWanted(this.#path);
    this.#open.push(isObject);
    this.#isName = isObject;
    if (isFirst) {
      this.#wantedDepth = this.#open.length;
      this.#wanted = '';
    }
    return isFirst;
  }

  #close(): void {
    this.#open.pop();
    this.#path.length = Math.min(this.#path.length, this.#open.length);
    // What follows is a comma, which says whether a name comes next, or another bracket.
    this.#isName = false;
  }

  #take(rest: string): JsonMember {
    const text = this.#wanted + rest;
    this.#wantedDepth = 0;
    this.#wanted = '';
    try {
      return { path: [...this.#path], value: JSON.parse(text) };
    } catch {
      throw invalid(`${this.#path.join('.')} is not valid`);
    }
  }
}

function invalid(reason: string): StepfitError {
  return new StepfitError('invalid-input', `The file is not whole JSON: ${reason}.`, {
    hint: 'Download it again.',
  });
}

import type { DeclaredDecorator } from '../model/attempt-usage.ts';

/** Python could not have been written with any other attribute name. */
const PYTHON_NAME = /^[A-Za-z_]\w*$/;

/** One decorator line, `@resources(cpu=2, memory=4096)`, without attributes that no source could have. */
export function writeDecorator(name: string, attributes: DeclaredDecorator['attributes']): string {
  const written = Object.entries(attributes)
    .filter(([key]) => PYTHON_NAME.test(key))
    .map(([key, value]) => `${key}=${pythonLiteral(value)}`);
  return `@${name}(${written.join(', ')})`;
}

/** A JSON value as Python writes it; JSON's strings are Python strings already. */
export function pythonLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(
      ([key, item]) => `${JSON.stringify(key)}: ${pythonLiteral(item)}`,
    );
    return `{${entries.join(', ')}}`;
  }
  return JSON.stringify(value);
}

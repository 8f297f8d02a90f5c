import type Http from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * `node:http` or `node:https`, loaded when it is first needed. Importing it as a module would make Node look at each of
 * its exports, its WebSocket among them, and load an HTTP client of 17 MiB that nobody uses.
 */
export function loadHttp({ protocol }: URL): Pick<typeof Http, 'Agent' | 'request'> {
  return require(protocol === 'https:' ? 'node:https' : 'node:http') as typeof Http;
}

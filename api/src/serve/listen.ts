import { once } from 'node:events';
import { createServer } from 'node:net';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { ApiServer } from '../http/api-server.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/**
 * Finds out that a port is taken before seconds are spent on opening the store. Another program may still
 * come in between; {@link listen} then says the same.
 *
 * @throws {StepfitError} `port-in-use`, or `invalid-input` for an address that is not this machine's.
 */
export async function checkPort({ host, port }: ListenAddress): Promise<void> {
  const probe = createServer();
  try {
    probe.listen({ host, port });
    await once(probe, 'listening');
  } catch (error) {
    throw toListenError(error, { host, port });
  }
  probe.close();
  await once(probe, 'close');
}

/** Opens the port and returns the address with the port it got; throws as {@link checkPort}. */
export async function listen(app: ApiServer, { host, port }: ListenAddress): Promise<string> {
  try {
    return await app.listen({ host, port, listenTextResolver: () => 'port opened' });
  } catch (error) {
    await app.close();
    throw toListenError(error, { host, port });
  }
}

function toListenError(error: unknown, { host, port }: ListenAddress): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new StepfitError(
      'port-in-use',
      `Port ${port} on ${host} is in use by another program.`,
      {
        hint: `Stop that program, or pick another port: stepfit serve --port ${port + 1}`,
        cause: error,
      },
    );
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new StepfitError('invalid-input', `Cannot listen on ${host}, port ${port} (${code}).`, {
      hint: 'Choose an address of this machine with --host and a port from 1024 on with --port.',
      cause: error,
    });
  }
  return error;
}

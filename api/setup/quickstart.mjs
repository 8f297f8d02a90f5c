// `npm run quickstart`: from nothing to a proven suggestion. Plain JavaScript for any Node from 20.11 on.
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { ensureNodeModules, fail, ROOT, STATE_DIR } from './install.mjs';
import { ensurePython } from './python.mjs';
import { ensureWeb } from './web.mjs';

const FLOW = 'OverProvisionedFlow';
const FLOW_FILE = join(ROOT, 'sdk-plugin', 'examples', 'over_provisioned_flow.py');
const CLI = join(ROOT, 'api', 'src', 'cli', 'main.ts');
const SERVER_LOG = join(STATE_DIR, 'serve.log');
const LOCK = join(STATE_DIR, 'quickstart.pid');
const STAGES = 6;

const USAGE = `npm run quickstart [-- --exit] [--runs N] [--port N]

  --exit      print the report and the suggestions, then stop instead of serving on
  --runs N    runs of the example flow that the report should rest on (default 5)
  --port N    port of the server (default 4380)
`;

/** Settings for other servers (a token, a role, a database) must not leak into this one. */
const productEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      !name.startsWith('STEPFIT_') && name !== 'DATABASE_URL' && !name.startsWith('OTEL_'),
  ),
);

let stage = 0;
function announceStage(text) {
  stage += 1;
  process.stdout.write(`\n[${stage}/${STAGES}] ${text}\n`);
}

function announce(line) {
  process.stdout.write(`      ${line}\n`);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        exit: { type: 'boolean', default: false },
        runs: { type: 'string', default: '5' },
        port: { type: 'string', default: '4380' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    const runs = Number(values.runs);
    const port = Number(values.port);
    if (!Number.isInteger(runs) || runs < 1)
      throw new Error('--runs takes a whole number from 1 on.');
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new Error('--port takes a port number.');
    return { exit: values.exit, runs, port };
  } catch (error) {
    process.stderr.write(`stepfit: ${error.message}\n\n${USAGE}`);
    return process.exit(2);
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** One quickstart a checkout: they would share the store, the environment and the port. */
function takeLock() {
  mkdirSync(STATE_DIR, { recursive: true });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const file = openSync(LOCK, 'wx');
      writeFileSync(file, String(process.pid));
      closeSync(file);
      process.on('exit', () => rmSync(LOCK, { force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const owner = Number(readFileSync(LOCK, 'utf8'));
      if (owner > 0 && isRunning(owner)) {
        fail(
          `a quickstart is already running here (process ${owner}).`,
          'Look at what it printed, or stop it with Ctrl-C and try again.',
        );
      }
      rmSync(LOCK, { force: true });
    }
  }
}

/** A busy port is better found before minutes of installing than after. */
async function checkPort(port) {
  const probe = createServer();
  await new Promise((resolve) => {
    probe.once('error', (error) => {
      if (error.code === 'EADDRINUSE') {
        fail(
          `port ${port} is in use by another program.`,
          `Stop that program, or pick another port: npm run quickstart -- --port ${port + 1}`,
        );
      }
      fail(`port ${port} cannot be opened: ${error.message}.`, 'Pick another with --port.');
    });
    probe.listen(port, '127.0.0.1', () => probe.close(resolve));
  });
}

function lastLines(path, count) {
  return existsSync(path)
    ? readFileSync(path, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
    : '';
}

async function startServer(node, port, url) {
  const log = openSync(SERVER_LOG, 'w');
  const args = [CLI, 'serve', '--port', String(port), '--data-dir', join(STATE_DIR, 'data')];
  // A process group of its own: Ctrl-C reaches this process only, which then asks for a graceful end once.
  const server = spawn(node, args, {
    cwd: ROOT,
    env: productEnvironment,
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  let exited = false;
  server.once('exit', () => {
    exited = true;
  });
  for (;;) {
    if (exited) {
      process.stderr.write(`${lastLines(SERVER_LOG, 8)}\n`);
      fail(
        'the server did not start.',
        `The lines above are its last words; all of them are in ${SERVER_LOG}.`,
      );
    }
    try {
      const ready = await fetch(`${url}/readyz`);
      if (ready.ok) return server;
    } catch {
      // Not listening yet.
    }
    await sleep(200);
  }
}

function stopServer(server) {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve();
    server.once('exit', resolve);
    return server.kill('SIGTERM');
  });
}

/** The user's own Metaflow configuration stays out of it: local datastore and metadata under `.stepfit`. */
function flowEnvironment(url) {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('METAFLOW_')),
  );
  return {
    ...inherited,
    METAFLOW_HOME: join(STATE_DIR, 'metaflow-home'),
    METAFLOW_DEFAULT_DATASTORE: 'local',
    METAFLOW_DEFAULT_METADATA: 'local',
    METAFLOW_DATASTORE_SYSROOT_LOCAL: join(STATE_DIR, 'metaflow'),
    METAFLOW_USER: process.env.USER || 'quickstart',
    METAFLOW_STEPFIT_URL: url,
    METAFLOW_STEPFIT_SPOOL: join(STATE_DIR, 'spool'),
  };
}

async function getJson(url) {
  const response = await fetch(url);
  if (!response.ok)
    fail(`${url} answered ${response.status}.`, `The server's log is ${SERVER_LOG}.`);
  return response.json();
}

async function runsSoFar(url) {
  const report = await getJson(`${url}/api/v1/report?flow=${FLOW}`);
  return Math.max(0, ...report.steps.map((step) => step.runs));
}

function runFlow(python, url) {
  return new Promise((resolve) => {
    const flow = spawn(python, [FLOW_FILE, '--no-pylint', 'run', '--with', 'stepfit'], {
      cwd: STATE_DIR,
      env: flowEnvironment(url),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [flow.stdout, flow.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    flow.once('close', (status) => resolve({ status, output }));
  });
}

async function runFlows(python, url, wanted) {
  const present = await runsSoFar(url);
  if (present >= wanted) {
    announce(`${present} runs are in the store already; nothing to do (--runs N asks for more).`);
    return;
  }
  for (let run = present + 1; run <= wanted; run += 1) {
    const startedAt = Date.now();
    process.stdout.write(`      run ${run} of ${wanted} …`);
    const { status, output } = await runFlow(python, url);
    if (status !== 0) {
      process.stdout.write('\n');
      process.stderr.write(`${output.trimEnd().split('\n').slice(-20).join('\n')}\n`);
      fail('the example flow failed.', 'The lines above are its last words.');
    }
    process.stdout.write(` ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
  }
}

/** Until every attempt is settled and the tuner has given its word on every step. */
async function waitForTuner(url) {
  for (;;) {
    const { attempts, steps } = await getJson(`${url}/api/v1/system`);
    if (attempts.running + attempts.unsettled + steps.tuneDue === 0) return;
    await sleep(500);
  }
}

function show(node, url, args) {
  spawnSync(node, [CLI, ...args, '--url', url], {
    cwd: ROOT,
    env: productEnvironment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

const options = readOptions();
takeLock();
const url = `http://127.0.0.1:${options.port}`;
await checkPort(options.port);

announceStage('JavaScript dependencies');
const node = ensureNodeModules({ announce });
ensureWeb({ node, announce });
announceStage('Python environment with Metaflow and the StepFit extension');
const python = ensurePython({ announce });
announceStage(`Server on ${url}, embedded PGlite under .stepfit/data`);
const server = await startServer(node, options.port, url);
async function end(code) {
  await stopServer(server);
  process.exit(code);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void end(130));

announceStage(`Example flow, ${options.runs} runs with the extension on every step`);
await runFlows(python, url, options.runs);
announceStage('Tuner: suggestions and their proof');
await waitForTuner(url);
announceStage('What was found');
process.stdout.write('\n');
show(node, url, ['report', '--flow', FLOW]);
process.stdout.write('\n');
show(node, url, ['suggest', FLOW]);
process.stdout.write(`\nThe same, in a browser: ${url}/\n`);

if (options.exit) await end(0);
process.stdout.write('Serving until Ctrl-C.\n');
server.once('exit', (code) => {
  process.stderr.write(`${lastLines(SERVER_LOG, 8)}\n`);
  fail(`the server ended by itself (exit code ${code}).`, `Its log is ${SERVER_LOG}.`);
});

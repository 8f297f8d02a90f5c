import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readSmallFile } from '@stepfit/sdk-plugin/readers/small-file';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ended, LAUNCHER, makeRunPlace, NOBODY, type RunPlace } from '../support/run-stepfit.ts';

const QUIET = { options: ['--quiet'] };
const IS_LINUX = process.platform === 'linux';

describe('stepfit run leaves a command as it is', () => {
  let place: RunPlace;
  beforeAll(() => {
    place = makeRunPlace(NOBODY);
  });
  afterAll(() => {
    place.remove();
  });

  it.concurrent.each([0, 1, 127, 137, 255])('exit code %i', async (code) => {
    const { code: got } = await place.run(['sh', '-c', `exit ${code}`], QUIET);
    expect(got).toBe(code);
  });

  /** Some that Node handles itself, some that it ignores, some that leave a core file, and the one that nobody can handle. */
  it.concurrent.each<NodeJS.Signals>([
    'SIGINT',
    'SIGTERM',
    'SIGKILL',
    'SIGPIPE',
    'SIGUSR1',
    'SIGXCPU',
    'SIGSEGV',
  ])('killed by %s', async (signal) => {
    const command = ['sh', '-c', `ulimit -c 0; kill -${signal.slice(3)} $$`];
    const got = await place.run(command, QUIET);
    expect([got.code, got.signal]).toEqual([null, signal]);
  });

  it('hands on what comes in and what goes out, byte by byte', async () => {
    const input = `${'x'.repeat(300_000)}\nend\n`;
    const got = await place.run(['sh', '-c', 'cat; echo wrong >&2'], { ...QUIET, input });
    expect(got.stdout).toBe(input);
    expect(got.stderr).toBe('wrong\n');
  });

  it('says one line of its own at the end, on standard error alone', async () => {
    const got = await place.run(['echo', 'hello'], { options: ['--memory', '1GiB', '--cpu', '2'] });
    expect(got.stdout).toBe('hello\n');
    expect(got.stderr).toMatch(
      /^stepfit: F\/S {2}peak .+ of 1 GiB \(\d+ %\), [\d.]+ of 2 cores on average\n$/,
    );
  });

  it('hands on arguments, folder and environment, and keeps its own variables to itself', async () => {
    const command = ['sh', '-c', 'printf "%s|" "$@"; pwd; env | sort', 'sh', 'a b', '', '--', '*'];
    const got = await place.run(command, QUIET);
    const direct = spawnSync(command[0] ?? '', command.slice(1), { env: place.env });
    expect(withoutShellsOwn(got.stdout)).toBe(withoutShellsOwn(direct.stdout.toString()));
  });

  it.each([
    ['no-such-command', 127, 'command not found'],
    ['/no/such/command', 127, 'command not found'],
    ['/', 126, 'permission denied'],
  ])('cannot run %s', async (command, code, why) => {
    const got = await place.run([command], QUIET);
    expect(got.code).toBe(code);
    expect(got.stderr).toContain(`stepfit: ${command}: ${why}`);
  });

  it('cannot run a file that is not executable', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stepfit-file-'));
    const file = join(folder, 'data');
    writeFileSync(file, 'echo no');
    chmodSync(file, 0o644);
    const got = await place.run([file], QUIET);
    expect(got.code).toBe(126);
    rmSync(folder, { recursive: true });
  });

  it.each([
    [['--memory', 'plenty'], 'is no amount of memory'],
    [['--feature', 'rows'], 'is no feature'],
    [['--nonsense'], 'nonsense'],
  ])('refuses %j before anything starts', async (options, complaint) => {
    const got = await place.run(['echo', 'started'], { options });
    expect([got.code, got.stdout]).toEqual([2, '']);
    expect(got.stderr).toContain(complaint);
    expect(got.stderr).toContain('→');
  });

  it('passes a signal on that is sent to it, from the command’s first moment on', async () => {
    const script =
      'trap "echo caught; exit 5" TERM; kill -TERM $PPID; while :; do sleep 0.05; done';
    const { code, stdout } = await place.run(['sh', '-c', script], QUIET);
    expect([code, stdout]).toEqual([5, 'caught\n']);
  });

  it('dies with the command when it is killed with SIGKILL', async (context) => {
    if (spawnSync('setpriv', ['--pdeathsig', 'KILL', '--help']).status !== 0) {
      context.skip('this machine has no setpriv that sets a death signal');
    }
    const child = place.start(['sh', '-c', 'echo $$; exec sleep 60'], QUIET);
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    child.kill('SIGKILL');
    await once(child, 'exit');
    const pid = Number(line.toString());
    while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(isRunning(pid)).toBe(false);
  });

  it.runIf(IS_LINUX)(
    'hands on open files, ignored signals and the limit of open files',
    async () => {
      const script =
        'ulimit -S -n; grep SigIgn /proc/self/status; cat <&5; exec 5<&-; ls /proc/self/fd';
      const outer = `trap "" HUP USR1; ulimit -S -n 333; exec "$@" 5<"$0"`;
      const folder = mkdtempSync(join(tmpdir(), 'stepfit-fd-'));
      const file = join(folder, 'five');
      writeFileSync(file, 'from five\n');
      const [direct, through] = [
        [],
        [LAUNCHER, 'run', '--quiet', '--flow', 'F', '--step', 'S', '--'],
      ].map((prefix) =>
        spawnSync('sh', ['-c', outer, file, ...prefix, 'sh', '-c', script], { env: place.env }),
      );
      expect(through?.stdout.toString()).toBe(direct?.stdout.toString());
      expect(through?.stdout.toString()).toContain('333\nSigIgn:\t0000000000000201\nfrom five\n');
      rmSync(folder, { recursive: true });
    },
  );

  it('runs a command unmeasured where Node cannot load it', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'stepfit-no-node-'));
    const got = spawn(
      LAUNCHER,
      ['run', '--flow', 'F', '--step', 'S', '--', 'sh', '-c', 'echo ran; exit 4'],
      {
        env: { ...place.env, STEPFIT_NODE: join(bin, 'node') },
      },
    );
    const { code, stdout } = await ended(got);
    expect([code, stdout]).toEqual([4, 'ran\n']);
    rmSync(bin, { recursive: true });
  });

  it('does not hold on to an output that the command has closed', async () => {
    const child = place.start(['sh', '-c', 'echo first; exec >&- 2>&-; sleep 2; exit 3'], QUIET);
    const closedFirst = await Promise.race([
      once(child.stdout?.resume() ?? child, 'end').then(() => 'output'),
      once(child, 'exit').then(() => 'process'),
    ]);
    expect(closedFirst).toBe('output');
    child.kill('SIGTERM');
    await once(child, 'close');
  });
});

/** Variables that every shell sets for itself. */
function withoutShellsOwn(environment: string): string {
  return environment.replaceAll(/^(_|SHLVL)=.*$/gm, '');
}

/** Dead it may stay listed (Z), where the first process of a container waits for nobody. */
function isRunning(pid: number): boolean {
  return /^\d+ \(sleep\) [^Z]/.test(readSmallFile(`/proc/${pid}/stat`) ?? '');
}

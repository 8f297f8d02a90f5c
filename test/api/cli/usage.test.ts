import { beforeAll, describe, expect, it } from 'vitest';

import { freePort } from '../../support/product.ts';
import { runCli, runCliProcess } from '../support/run-cli.ts';

/** An address of this machine that nothing listens on. */
let nowhere: string;
beforeAll(async () => {
  nowhere = `http://127.0.0.1:${await freePort()}`;
});

describe('the command line without a server', () => {
  it('says what it can do', async () => {
    const { code, stdout } = await runCliProcess(['--help']);

    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot('../../golden/help.txt');
  });

  it('says what serve can be told', async () => {
    const { code, stdout } = await runCli(['serve', '--help']);

    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot('../../golden/help-serve.txt');
  });

  it.each([
    ['an unknown command', ['frobnicate']],
    ['an unknown option', ['report', '--nonsense']],
    ['a number out of range', ['report', '--days', '0']],
    ['a missing argument', ['explain']],
    ['a name that is not FLOW/STEP', ['explain', 'TrainFlow']],
    ['an address that is none', ['report', '--url', 'nonsense']],
    ['roles on PGlite', ['serve', '--role', 'api']],
    ['two forms of one report', ['report', '--markdown', '--csv']],
    ['an unknown role', ['serve', '--role', 'all,none']],
    ['two stores', ['serve', '--data-dir', 'x', '--database-url', 'postgres://localhost/x']],
    ['listening for all without a token', ['serve', '--host', '0.0.0.0']],
    ['a price table that is not there', ['serve', '--prices', '/nonexistent.json']],
  ])('%s is a usage error with something to do', async (_what, args) => {
    const { code, stdout, stderr } = await runCli(args);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/→|--help|Give|error:/);
  });

  it('reads the environment, and complains about it by name', async () => {
    const { code, stderr } = await runCli(['serve'], { STEPFIT_PORT: 'eighty' });

    expect(code).toBe(2);
    expect(stderr).toContain('STEPFIT_PORT');
  });

  it.each([
    ['report'],
    ['report', '--html', '/nonexistent/report.html'],
    ['report', '--csv'],
    ['suggest'],
    ['explain', 'F/s'],
  ])('%s says that no server answers and what to do', async (...args) => {
    const { code, stdout, stderr } = await runCli([...args, '--url', nowhere]);

    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toBe(
      `stepfit: Nothing answers at ${nowhere} (connection refused). [server-unreachable]\n` +
        '  → Start a server with `stepfit serve`, or name yours with --url or STEPFIT_URL.\n',
    );
  });

  it('takes the address from the environment, and a flag before it', async () => {
    const fromEnv = await runCli(['report'], { STEPFIT_URL: 'http://127.0.0.1:2' });
    const fromFlag = await runCli(['report', '--url', nowhere], {
      STEPFIT_URL: 'http://127.0.0.1:2',
    });

    expect(fromEnv.stderr).toContain('http://127.0.0.1:2');
    expect(fromFlag.stderr).toContain(nowhere);
  });

  it('the doctor examines what it can without one', async () => {
    const { code, stdout } = await runCli(['doctor', '--url', nowhere, '--json']);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string }[] };

    expect(code).toBe(1);
    expect(checks.map((check) => check.name)).toEqual(['server', 'python', 'spool']);
    expect(checks[0]?.state).toBe('fail');
  });
});

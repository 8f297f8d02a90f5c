import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { LAUNCHER, makeRunPlace, NOBODY, type RunPlace } from '../support/run-stepfit.ts';

const RUN = `${LAUNCHER} run --quiet --flow F --step S --`;
const CONTROL = { c: '\u0003', z: '\u001A', backslash: '\u001C' } as const;
const hasTerminals = spawnSync('script', ['--version']).status === 0;

/** An interactive shell on a terminal of its own (`script`), driven as a person would. */
interface Shell {
  type(text: string): void;
  /** Waits until the terminal has shown a text since the last call. */
  until(text: string | RegExp): Promise<string>;
  close(): Promise<void>;
}

describe.runIf(hasTerminals)('stepfit run on a terminal', () => {
  let place: RunPlace;
  let shell: Shell;
  beforeAll(() => {
    place = makeRunPlace(NOBODY);
  });
  afterAll(() => {
    place.remove();
  });

  function openShell(): Shell {
    const child = spawn('script', ['-qefc', 'bash --norc --noprofile -i', '/dev/null'], {
      env: { ...place.env, PS1: '> ', TERM: 'dumb' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    let onShown: (() => void) | undefined;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      onShown?.();
    });
    return {
      type: (text) => {
        child.stdin.write(text);
      },
      until: async (text) => {
        for (;;) {
          const [found] = typeof text === 'string' ? [text] : (text.exec(shown) ?? []);
          const at = found === undefined ? -1 : shown.indexOf(found);
          if (found !== undefined && at >= 0) {
            // What comes after it may be what is waited for next.
            const seen = shown.slice(0, at + found.length);
            shown = shown.slice(seen.length);
            return seen;
          }
          await new Promise<void>((resolve) => {
            onShown = resolve;
          });
        }
      },
      close: async () => {
        child.stdin.end('exit\n');
        child.kill('SIGHUP');
        await once(child, 'close');
      },
    };
  }

  beforeAll(async () => {
    shell = openShell();
    await shell.until('> ');
  });
  afterAll(async () => {
    await shell.close();
  });

  it('shows the command the terminal', async () => {
    shell.type(`${RUN} sh -c 'test -t 0 && test -t 1 && test -t 2 && echo "tty=$(tty)"'\n`);
    expect(await shell.until(/tty=\/dev\/pts\/\d+/)).toMatch(/tty=\/dev\/pts\/\d+/);
  });

  it('an interrupt from the keyboard reaches the command once', async () => {
    const script =
      'trap "n=\\$((n+1)); echo caught-\\$n" INT; echo rea""dy; sleep 1; sleep 1; exit 6';
    shell.type(`${RUN} sh -c '${script}'; echo co""de=$?\n`);
    await shell.until('ready');
    shell.type(CONTROL.c);
    await shell.until('caught-1');
    const rest = await shell.until('code=6');
    expect(rest).not.toContain('caught-2');
  });

  it('a command that dies of it looks interrupted to the shell', async () => {
    shell.type(`${RUN} sh -c 'echo rea""dy; exec sleep 30'; echo co""de=$?\n`);
    await shell.until('ready');
    shell.type(CONTROL.c);
    // bash leaves the rest of the line when a command died of SIGINT.
    await shell.until('> ');
    shell.type('echo last=$?\n');
    expect(await shell.until('last=130')).toContain('last=130');
  });

  it('stops and goes on with the keyboard and the shell', async () => {
    shell.type(`${RUN} sh -c 'echo rea""dy; read line; echo "got-$line"; exit 3'\n`);
    await shell.until('ready');
    shell.type(CONTROL.z);
    await shell.until('Stopped');
    shell.type('jobs; fg; echo co""de=$?\n');
    await shell.until('Stopped');
    shell.type('words\n');
    await shell.until('got-words');
    expect(await shell.until('code=3')).toContain('code=3');
  });

  it('a command that stops itself is a stopped job', async () => {
    shell.type(`${RUN} sh -c 'kill -STOP $$; echo go""es; exit 4'\n`);
    await shell.until('Stopped');
    shell.type('fg; echo co""de=$?\n');
    await shell.until('goes');
    expect(await shell.until('code=4')).toContain('code=4');
  });

  it('a background job that reads the terminal is stopped', async () => {
    shell.type(`${RUN} sh -c 'read line; echo "got-$line"' &\n`);
    await shell.until('> ');
    shell.type('sleep 1; jobs\n');
    await shell.until('Stopped');
    shell.type('fg\n');
    await shell.until('read line');
    shell.type('late\n');
    expect(await shell.until('got-late')).toContain('got-late');
  });

  it('leaves the modes that the command has set', async () => {
    shell.type(`${RUN} stty -echo; stty -a | grep -o -- "-echo " | tr a-z A-Z; stty echo\n`);
    expect(await shell.until('-ECHO')).toContain('-ECHO');
  });
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

const run = promisify(execFile);

/** Git of one working tree, by the binary that is there. */
export interface Git {
  /** Runs `git ARGS` and gives its output without the last newline. */
  (...args: readonly string[]): Promise<string>;
}

/** Nobody is there to type a password: a remote that asks for one is an error at once. */
const ENVIRONMENT = { GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };

/** Git in a folder. Each call throws `invalid-input` with what git said. */
export function gitIn(folder: string): Git {
  return async (...args) => {
    try {
      const { stdout } = await run('git', [...args], {
        cwd: folder,
        env: { ...process.env, ...ENVIRONMENT },
        maxBuffer: 2 ** 26,
      });
      return stdout.replace(/\n$/, '');
    } catch (error) {
      const said = (error as { stderr?: string }).stderr?.trim() ?? String(error);
      throw new StepfitError('invalid-input', `git ${args[0] ?? ''} failed: ${said}`, {
        hint: 'Run it in a checkout with its history (`fetch-depth: 0`) and a remote it may push to.',
        cause: error,
      });
    }
  };
}

/** What git says, or undefined where it fails. */
export async function gitMaybe(git: Git, ...args: readonly string[]): Promise<string | undefined> {
  try {
    const said = await git(...args);
    return said === '' ? undefined : said;
  } catch {
    return undefined;
  }
}

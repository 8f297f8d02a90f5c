import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { Check } from '../../format/doctor-text.ts';
import { formatCount } from '../../format/quantities.ts';

/** Where the extension keeps what no collector took: as its `settings.py` has it. */
export function spoolFolder(env: NodeJS.ProcessEnv): string {
  const folder = env['METAFLOW_STEPFIT_SPOOL']?.trim() || join('~', '.stepfit', 'spool');
  return folder.startsWith('~') ? join(homedir(), folder.slice(1)) : folder;
}

/** Looks for exports that were kept because no collector took them. */
export async function checkSpool(folder: string): Promise<Check> {
  const names = await readNames(folder);
  const left = names.filter((name) => name.endsWith('.ready') || name.endsWith('.claimed')).length;
  if (left === 0) return { name: 'spool', state: 'ok', detail: 'nothing is waiting to be sent' };
  return {
    name: 'spool',
    state: 'warn',
    detail: `${formatCount(left, 'export')} in ${folder} could not be delivered`,
    hint: 'The next attempt sends them by itself; run any flow with --with stepfit.',
  };
}

async function readNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder, { recursive: true });
  } catch {
    return [];
  }
}

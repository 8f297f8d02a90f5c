// pidusage as its README has it, over a process tree, once a second: `run-overhead-pidusage.mjs PID`.
import { readFileSync } from 'node:fs';

import pidusage from 'pidusage';

const root = Number(process.argv[2]);
setInterval(() => {
  const children = readFileSync(`/proc/${root}/task/${root}/children`, 'utf8');
  void pidusage([root, ...children.split(' ').filter(Boolean).map(Number)]).catch(() => undefined);
}, 1000);

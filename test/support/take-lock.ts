import { lockDataDir } from '@stepfit/collector/db/data-dir-lock';

/** A program: tries the lock of the folder given, prints `taken` or `locked`, and then does nothing. */
const [, , dataDir = ''] = process.argv;
try {
  lockDataDir(dataDir);
  process.stdout.write('taken\n');
} catch {
  process.stdout.write('locked\n');
}
setInterval(() => undefined, 60_000);

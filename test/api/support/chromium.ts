import { existsSync } from 'node:fs';

import { type Browser, chromium } from 'playwright-core';

/** Where Debian, Ubuntu, Alpine and Google's own packages put it. */
const PLACES = [
  process.env['STEPFIT_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A Chromium of this machine; undefined where there is none. */
export const CHROMIUM = PLACES.find((path) => path !== undefined && existsSync(path));

/** Said once where browser tests are skipped. */
export const NO_CHROMIUM =
  'browser tests are skipped: no Chromium was found (Debian: apt-get install chromium, or STEPFIT_CHROMIUM=/path)';

export async function launchChromium(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error(NO_CHROMIUM);
  // Containers run tests as root, which Chromium's sandbox refuses.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

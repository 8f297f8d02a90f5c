/**
 * Takes the pictures of the dashboard in `docs/images` from a server with real data, such as the quickstart's:
 *
 *     node test/scripts/screenshots.ts http://127.0.0.1:4380
 *
 * With `STEPFIT_TOKEN` where the server asks for one; the tokens are in the picture then.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { AttemptList } from '@stepfit/api/http/schemas/attempts';

import { launchChromium } from '../api/support/chromium.ts';
import { goTo, openWatched } from '../api/support/dashboard-browser.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'images');
const FLOW = 'OverProvisionedFlow';
const TOKEN = process.env['STEPFIT_TOKEN'];
const WIDTH = 1180;
/** As much of a page as says what it is. */
const HEIGHT = 860;

async function main(url: string): Promise<void> {
  const newest = await fetch(
    `${url}/api/v1/attempts?flow=${FLOW}&step=index_orders&outcome=succeeded&limit=1`,
    TOKEN === undefined ? {} : { headers: { authorization: `Bearer ${TOKEN}` } },
  );
  const { attempts } = (await newest.json()) as AttemptList;
  const pages = [
    ['overview', '/'],
    ['flow', `/flows/${FLOW}`],
    ['step', `/steps/${FLOW}/profile_region`],
    ['attempt', `/attempts/${attempts[0]?.attemptId ?? ''}`],
    ['suggestions', '/suggestions'],
    ['savings', '/savings'],
    ['policies', '/policies'],
    ...(TOKEN === undefined ? [] : [['tokens', '/tokens'] as const]),
    ['system', '/system'],
  ] as const;
  mkdirSync(FOLDER, { recursive: true });
  const browser = await launchChromium();
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, context } = await openWatched(browser, url, { width: WIDTH, colorScheme });
    await page.setViewportSize({ width: WIDTH, height: HEIGHT });
    if (TOKEN !== undefined) {
      const kept = JSON.stringify(TOKEN);
      await page.addInitScript({ content: `sessionStorage.setItem('stepfit-token', ${kept})` });
    }
    for (const [name, address] of pages) {
      if (colorScheme === 'dark' && name !== 'step') continue;
      await goTo(page, address);
      await page.waitForTimeout(500);
      const file = colorScheme === 'dark' ? `${name}-dark.png` : `${name}.png`;
      await page.screenshot({ path: join(FOLDER, file) });
      process.stdout.write(`wrote docs/images/${file}\n`);
    }
    await context.close();
  }
  await browser.close();
}

await main(process.argv[2] ?? 'http://127.0.0.1:4380');

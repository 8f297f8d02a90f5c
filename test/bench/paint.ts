import { existsSync } from 'node:fs';

import { WEB_DIST } from '@stepfit/api/http/web-routes';
import type { Browser } from 'playwright-core';

import { CHROMIUM, launchChromium, NO_CHROMIUM } from '../api/support/chromium.ts';

/** Each time with an empty cache: the page, its script, its data, and what is drawn of it. */
const LOADS = 9;
/** What a page is opened for. */
const PAGES = [
  ['overview: first steps', '/', 'tr[data-row]'],
  ['step: needs drawn', '/steps/Flow7/step-7', '.panel svg[role="img"]'],
] as const;

/**
 * Prints, for each server, how long after it is asked for a page has painted what it is opened for, ms: median and
 * worst of nine loads in a real Chromium, the servers in turn.
 */
export async function comparePaints(urls: readonly string[]): Promise<void> {
  if (CHROMIUM === undefined || !existsSync(WEB_DIST)) {
    process.stdout.write(`  first useful paint: ${NO_CHROMIUM}, or npm run build was not run\n`);
    return;
  }
  const browser = await launchChromium();
  process.stdout.write('First useful paint in Chromium, median and worst in ms\n');
  for (const [name, path, selector] of PAGES) {
    const times = urls.map((): number[] => []);
    for (let load = 0; load <= LOADS; load += 1) {
      for (const [index, url] of urls.entries()) {
        const paintedMs = await paintOf(browser, url + path, selector);
        if (load > 0) times[index]?.push(paintedMs);
      }
    }
    const words = times.map((ofUrl) => {
      const sorted = ofUrl.toSorted((a, b) => a - b);
      return `${ms(sorted[Math.floor(sorted.length / 2)])} ${ms(sorted.at(-1))}`;
    });
    process.stdout.write(`  ${name.padEnd(26)} ${words.join('   ')}\n`);
  }
  await browser.close();
}

/** From the start of the navigation to the frame after the one in which the selector first matched. */
async function paintOf(browser: Browser, url: string, selector: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript({ content: markOnceDrawn(selector) });
  await page.goto(url);
  await page.locator(selector).first().waitFor();
  const paintedMs = await page.evaluate<number>(UNTIL_MARKED);
  await context.close();
  return paintedMs;
}

const UNTIL_MARKED = `new Promise((resolve) => {
  function look() {
    const [mark] = performance.getEntriesByName('first-useful-paint');
    if (mark === undefined) requestAnimationFrame(look);
    else resolve(mark.startTime);
  }
  look();
})`;

/** Runs in the page, before any script of its own. */
function markOnceDrawn(selector: string): string {
  return `
    const observer = new MutationObserver(() => {
      if (document.querySelector(${JSON.stringify(selector)}) === null) return;
      observer.disconnect();
      requestAnimationFrame(() =>
        requestAnimationFrame(() => performance.mark('first-useful-paint')));
    });
    observer.observe(document, { childList: true, subtree: true });`;
}

function ms(value = Number.NaN): string {
  return value.toFixed(0).padStart(7);
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import type { Browser, BrowserContext, Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A finding of axe-core: a rule, how bad it is, and where. */
export interface AxeFinding {
  readonly id: string;
  readonly impact: string;
  readonly targets: readonly string[];
}

export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Whatever a browser complains of: exceptions, errors of the console, violations of the policy. */
  readonly complaints: readonly string[];
  /** Hosts asked, beside the dashboard's own. */
  readonly foreignHosts: ReadonlySet<string>;
}

/** A page that is watched for all that must not happen. */
export async function openWatched(
  browser: Browser,
  url: string,
  options: { readonly width?: number; readonly colorScheme?: 'light' | 'dark' } = {},
): Promise<Watched> {
  const { width = 1280, colorScheme = 'light' } = options;
  const context = await browser.newContext({
    baseURL: url,
    colorScheme,
    viewport: { width, height: 900 },
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const foreignHosts = new Set<string>();
  const { host } = new URL(url);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (asked.host !== host && asked.protocol.startsWith('http')) foreignHosts.add(asked.host);
  });
  return { page, context, complaints, foreignHosts };
}

/** Goes to an address of the dashboard and waits until nothing on it is loading. */
export async function goTo(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.locator('h1').first().waitFor();
  const loading = page.locator('.loading').first();
  while ((await loading.count()) > 0) await loading.waitFor({ state: 'detached' });
}

const EVERY_RULE = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Serious and critical findings of axe-core, WCAG 2.2 A and AA; of colours alone, where the rest is known. */
export async function seriousFindings(page: Page, only?: 'color-contrast'): Promise<AxeFinding[]> {
  const runOnly = only === undefined ? EVERY_RULE : { type: 'rule', values: [only] };
  // The policy of the page forbids injected scripts; the debugger's evaluation is outside of it.
  await page.evaluate(AXE);
  return page.evaluate(async (rules) => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(options: object): Promise<{
          violations: { id: string; impact: string; nodes: { target: string[] }[] }[];
        }>;
      };
    };
    const { violations } = await axe.run({ runOnly: rules });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, impact, nodes }) => ({
        id,
        impact,
        targets: nodes.map(({ target }) => target.join(' ')).slice(0, 4),
      }));
  }, runOnly);
}

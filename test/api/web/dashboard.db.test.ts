import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import type { Inbox, InboxItem } from '@stepfit/api/http/schemas/inbox';
import type { StepReplay } from '@stepfit/api/http/schemas/replay';
import type { StepExplanation } from '@stepfit/api/http/schemas/steps';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openTestStore, type TestStore } from '../../support/database.ts';
import { ROOT } from '../../support/product.ts';
import { CHROMIUM, launchChromium, NO_CHROMIUM } from '../support/chromium.ts';
import { goTo, openWatched, seriousFindings } from '../support/dashboard-browser.ts';
import { GPUS, ingestDashboardHistory } from '../support/dashboard-history.ts';
import { serveApp, type ServedApp } from '../support/served-app.ts';

if (CHROMIUM === undefined) console.warn(NO_CHROMIUM);

/** What the page may weigh, all its scripts together. */
const MOST_SCRIPT_BYTES = 120 * 1024;
const STEP = '/steps/TrainFlow/train';

let store: TestStore;
let served: ServedApp;
let url: string;
let browser: Browser;

beforeAll(async () => {
  const built = spawnSync(process.execPath, [join(ROOT, 'api/setup/web.mjs')], {
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(built.stderr);
  store = await openTestStore('pglite');
  served = await serveApp(store);
  await ingestDashboardHistory(served);
  url = await served.app.listen({ port: 0, host: '127.0.0.1' });
  if (CHROMIUM !== undefined) browser = await launchChromium();
});
afterAll(async () => {
  if (CHROMIUM !== undefined) await browser.close();
  await served.close();
  await store.close();
});

async function read<Body>(path: string): Promise<Body> {
  return (await served.get(`/api/v1${path}`)).json<Body>();
}

it('weighs less than 120 kB of script', () => {
  const assets = join(ROOT, 'api/web/dist/assets');
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  const bytes = scripts.map((name) => gzipSync(readFileSync(join(assets, name))).length);

  expect(scripts.length).toBeGreaterThan(0);
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_SCRIPT_BYTES);
});

describe.skipIf(CHROMIUM === undefined)('the dashboard in a browser', () => {
  it('leads from the waste to the tasks behind it in two clicks', async () => {
    const { page, context } = await openWatched(browser, url);
    await goTo(page, '/');
    const worst = page.locator('[data-row]').first();
    const step = await worst.locator('a').first().textContent();
    await worst.locator('a').first().click();
    await page.getByRole('heading', { level: 1, name: step ?? '' }).waitFor();
    await page.getByRole('region', { name: 'Newest attempts' }).first().waitFor();
    await page.locator('td a[href^="/attempts/"]').first().click();
    await page.getByRole('heading', { level: 1, name: /^Run run-/ }).waitFor();
    await page.locator('canvas').first().waitFor();

    // The worst step has two GPUs: memory, cores, and both GPUs' load and memory.
    expect(await page.locator('canvas').count()).toBe(4);
    expect(await page.getByText(/^GPU [01]/).count()).toBe(4);
    const course = page.getByRole('region', { name: 'Course' });
    expect(await course.textContent()).toContain('10 s until the first sample');
    await page.goBack();
    const gpu = page.getByRole('region', { name: 'GPU' });
    await gpu.waitFor();
    expect(await gpu.textContent()).toContain('used at once · 1 of 2');
    await page.getByText('requested and limit 16 GiB').waitFor();
    await context.close();
  });

  it('shows under the slider what the server’s replay says', async () => {
    const { suggestion } = await read<StepExplanation>(`/flows/TrainFlow/steps/train`);
    const { grid } = await read<StepReplay>('/flows/TrainFlow/steps/train/replay');
    const { page, context } = await openWatched(browser, url);
    await goTo(page, STEP);
    const slider = page.getByRole('slider', { name: /Memory/ });
    const failures = page.locator('[data-what="failures"]');

    await expect.poll(async () => slider.getAttribute('aria-valuetext')).toBeTruthy();
    const suggested = suggestion?.evidence.memoryReplay.find(({ label }) => label === 'suggested');
    expect(await failures.textContent()).toContain(
      `${suggested?.failures} of ${suggested?.attempts}`,
    );

    // Down to where attempts fail, by keys alone.
    await slider.focus();
    await page.keyboard.press('Home');
    for (let stop = 0; stop < 4; stop += 1) await page.keyboard.press('ArrowRight');
    const words = (await slider.getAttribute('aria-valuetext')) ?? '';
    const memoryMiB = Number.parseFloat(words);
    const needs = (await read<StepReplay>('/flows/TrainFlow/steps/train/replay')).attempts.needMiB;
    const failing = needs.filter((need) => need > memoryMiB).length;

    expect(memoryMiB % grid.step).toBe(0);
    expect(failing).toBeGreaterThan(0);
    expect(await failures.textContent()).toContain(`${failing} of ${needs.length}`);
    expect(await page.getByText('out of memory', { exact: true }).count()).toBeGreaterThan(0);
    await context.close();
  });

  it('takes a suggestion by keys, and shows it accepted, then applied', async () => {
    const { page, context, complaints } = await openWatched(browser, url);
    await goTo(page, '/suggestions');
    const before = await page.locator('[data-row]').count();
    await page.keyboard.press('j');
    const step = await page.locator('tr.chosen a').first().textContent();
    await page.keyboard.press('a');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/Your name/).fill('ana');
    await dialog.getByLabel(/Reason/).fill('seen in the dashboard');
    await dialog.getByRole('button', { name: 'Accept' }).click();
    await page.getByText(/^Accepted: /).waitFor();
    await expect.poll(async () => page.locator('[data-row]').count()).toBe(before - 1);

    await page.getByRole('button', { name: /^accepted/ }).click();
    await page.locator('[data-row]').first().waitFor();
    expect(await page.locator('[data-row] a').first().textContent()).toBe(step);
    expect(new URL(page.url()).searchParams.get('state')).toBe('accepted');

    // The source asks for it from the next run on: attempts say so, and nobody has to tell.
    const item = await acceptedFor(step ?? '');
    await ingestWith(item);
    await page.getByRole('button', { name: /^applied 1/ }).click();
    await expect.poll(async () => page.locator('[data-row] a').first().textContent()).toBe(step);
    await page.getByRole('button', { name: `History of ${item.flow}/${item.step}` }).click();
    const history = page.getByRole('dialog').getByRole('listitem');
    await expect.poll(async () => history.count()).toBe(3);
    expect(await history.nth(0).textContent()).toMatch(/accepted → applied by the tuner/);
    expect(await history.nth(1).textContent()).toMatch(
      /proposed → accepted by ana: seen in the dashboard/,
    );
    await page.keyboard.press('Escape');

    // And what it saved, over the four tasks that had it.
    await goTo(page, '/savings');
    const saved = page.locator('[data-row]', { hasText: step ?? '' });
    await saved.waitFor();
    expect(await saved.locator('td').nth(4).textContent()).toBe('4');
    expect(Number(await saved.locator('td').last().textContent())).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('asks for a reason before it takes a suggestion away', async () => {
    const { page, context } = await openWatched(browser, url);
    await goTo(page, '/suggestions');
    await page.keyboard.press('j');
    await page.locator('tr.chosen').waitFor();
    await page.keyboard.press('d');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/Your name/).fill('ana');
    await dialog.getByRole('button', { name: 'Dismiss' }).click();

    expect(await dialog.isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await expect.poll(async () => page.locator('dialog').count()).toBe(0);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys and words' }).waitFor();
    await context.close();
  });

  it('keeps its filters in the address, through a reload and across pages', async () => {
    const { page, context } = await openWatched(browser, url);
    await goTo(page, '/');
    await page.getByLabel('flow').selectOption('ReportFlow');
    await page.getByRole('button', { name: '7 d', exact: true }).click();
    await expect.poll(async () => page.locator('[data-row]').count()).toBe(1);
    await page.reload();
    await page.locator('[data-row]').first().waitFor();

    expect(await page.locator('[data-row]').count()).toBe(1);
    expect(await page.getByLabel('flow').inputValue()).toBe('ReportFlow');
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
      flow: 'ReportFlow',
      days: '7',
    });
    await page.getByRole('link', { name: 'Suggestions' }).click();
    expect(new URL(page.url()).searchParams.get('flow')).toBe('ReportFlow');
    await page.goBack();
    expect(new URL(page.url()).pathname).toBe('/');
    await context.close();
  });

  it('shows an attempt that arrives without being asked', async () => {
    const { page, context } = await openWatched(browser, url);
    await goTo(page, '/system');
    await page.getByText('live', { exact: true }).waitFor();
    await served.ingest({
      flow: 'LiveFlow',
      run: 'live-1',
      step: 'now',
      task: 'now-1',
      startMs: Date.now() - 60_000,
      peakMiB: 100,
    });
    await page.getByRole('region', { name: 'Running now' }).first().waitFor();

    expect(await page.getByText('live-1 / now-1').count()).toBe(1);
    await context.close();
  });

  const pages = [
    '/',
    '/flows/TrainFlow',
    STEP,
    '/steps/EmbedFlow/embed',
    '/suggestions',
    '/savings',
    '/policies',
    '/tokens',
    '/system',
  ];

  it.each(['light', 'dark'] as const)(
    'has no serious finding of axe-core, breaks no policy and asks no other host, %s',
    async (colorScheme) => {
      const { page, context, complaints, foreignHosts } = await openWatched(browser, url, {
        colorScheme,
      });
      // The other scheme differs in its colours alone.
      const rules = colorScheme === 'dark' ? 'color-contrast' : undefined;
      const { attempts } = await read<{ attempts: { attemptId: string }[] }>(
        '/attempts?limit=1&outcome=succeeded',
      );
      for (const address of [...pages, `/attempts/${attempts[0]?.attemptId}`]) {
        await goTo(page, address);
        await settle(page);
        expect(await seriousFindings(page, rules), address).toEqual([]);
      }

      expect(complaints).toEqual([]);
      expect([...foreignHosts]).toEqual([]);
      await context.close();
    },
  );

  it('is usable on a telephone: nothing is wider than the page', async () => {
    const { page, context } = await openWatched(browser, url, { width: 400 });
    for (const address of pages) {
      await goTo(page, address);
      await settle(page);
      const overflow = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow, address).toBe(0);
    }
    await context.close();
  });

  it('says what is wrong where there is nothing, or no such thing', async () => {
    const { page, context } = await openWatched(browser, url);
    await goTo(page, '/?project=empty');
    expect(await page.getByText('No attempt has ended since').count()).toBe(1);
    expect(await page.getByText('--with stepfit').count()).toBe(1);
    await goTo(page, '/steps/No/such');
    expect(await page.getByRole('alert').textContent()).toContain('has no step No/such');
    await context.close();
  });

  it('leaves a report as a file that needs no server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stepfit-report-'));
    const file = join(folder, 'report.html');
    writeFileSync(file, (await served.get('/api/v1/report.html')).text);
    const { page, context, complaints, foreignHosts } = await openWatched(browser, url);
    await page.goto(`file://${file}`);
    await page.getByRole('heading', { name: 'What attempts needed' }).waitFor();

    expect(await page.locator('[data-row]').count()).toBeGreaterThan(2);
    expect(await page.locator('figure svg').count()).toBeGreaterThan(2);
    expect(await seriousFindings(page)).toEqual([]);
    expect(complaints).toEqual([]);
    expect([...foreignHosts]).toEqual([]);
    await context.close();
    rmSync(folder, { recursive: true });
  });
});

describe.skipIf(CHROMIUM === undefined)('a server with a token', () => {
  it('asks the browser for it, and for nothing before', async () => {
    const locked = await serveApp(store, { token: 'open-sesame' });
    const lockedUrl = await locked.app.listen({ port: 0, host: '127.0.0.1' });
    const { page, context } = await openWatched(browser, lockedUrl);
    await page.goto('/');
    await enterToken(page, 'open-sesame');
    await page.locator('[data-row]').first().waitFor();
    expect((await locked.get('/api/v1/report')).status).toBe(401);

    // The administrator makes a token for a person, and sees it once.
    await goTo(page, '/tokens');
    await page.getByLabel('Name').fill('ana@example.org');
    await page.getByLabel('Role').selectOption('write');
    await page.getByRole('button', { name: 'Make a token' }).click();
    const made = page.getByRole('status', { name: 'The new token' });
    const token = (await made.locator('pre').textContent()) ?? '';
    expect(token).toMatch(/^sft_/);
    expect(await seriousFindings(page)).toEqual([]);
    await made.getByRole('button', { name: 'I have it' }).click();
    expect(await page.content()).not.toContain(token);

    // With it she decides in her own name, without being asked for it.
    const hers = await openWatched(browser, lockedUrl);
    await hers.page.goto('/steps/ReportFlow/render');
    await enterToken(hers.page, token);
    await hers.page.getByRole('button', { name: /^Snooze/ }).click();
    const dialog = hers.page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('after the release');
    expect(await dialog.getByLabel(/Your name/).count()).toBe(0);
    await dialog.getByRole('button', { name: 'Snooze' }).click();
    await hers.page.getByText('by ana@example.org: after the release').waitFor();

    // Revoked, she is asked again.
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('Revoked: ana@example.org').waitFor();
    await hers.page.reload();
    await hers.page.getByText('The server does not know the token given before').waitFor();

    await hers.context.close();
    await context.close();
    await locked.close();
  });
});

async function enterToken(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** Until plots that wait for their width are drawn. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(
    'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))',
  );
}

async function acceptedFor(step: string): Promise<InboxItem> {
  const { items } = await read<Inbox>('/inbox?state=accepted');
  const found = items.find((item) => item.step === step);
  if (found === undefined) throw new Error(`nothing accepted for ${step}`);
  return found;
}

/** Four runs that ask for what was suggested. */
async function ingestWith({ flow, step, suggested, effective }: InboxItem): Promise<void> {
  const { cpuCores, memoryMiB, gpuCount } = { ...effective, ...suggested };
  for (let run = 0; run < 4; run += 1) {
    await served.ingest({
      flow,
      step,
      run: `applied-${run}`,
      task: `applied-${run}`,
      // What started before something was suggested does not follow it.
      startMs: Date.now() + run,
      backend: 'local',
      ...(cpuCores !== undefined && { requestCpuCores: cpuCores }),
      ...(memoryMiB !== undefined && { requestMemoryMiB: memoryMiB }),
      ...(gpuCount !== undefined && { requestGpuCount: gpuCount, gpus: GPUS.slice(0, gpuCount) }),
      peakMiB: 9000,
      outcome: 'succeeded',
    });
  }
  await served.settleAndTune();
}

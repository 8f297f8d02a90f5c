import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { Report } from '../http/schemas/report.ts';
import type { NeedSketch } from '../http/schemas/sketches.ts';
import type { Trend } from '../http/schemas/trend.ts';

/** Everything that a report as a file shows. */
export interface ReportFileData {
  readonly report: Report;
  readonly trend: Trend;
  readonly sketches: readonly NeedSketch[];
}

/**
 * The report as one HTML file with the dashboard's own plots: it loads nothing and sends nothing, and its policy
 * allows no script but the one in it.
 *
 * @param dist folder of the built dashboard.
 * @throws {StepfitError} `not-found` where that has not been built.
 */
export function renderReportFile(data: ReportFileData, dist: string): string {
  const script = readBuilt(join(dist, 'report', 'report.js'));
  const style = readBuilt(join(dist, 'report', 'report.css'));
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${digest(script)}'`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const title = data.report.flow ?? `project ${data.report.project}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>StepFit report: ${escape(title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<script type="application/json" id="data">${toScript(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** JSON that cannot end the element that it stands in, whatever names it holds. */
function toScript(data: ReportFileData): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function readBuilt(path: string): string {
  if (!existsSync(path)) {
    throw new StepfitError('not-found', 'The dashboard of this server has not been built.', {
      hint: 'Run `npm run build` where the server runs; Markdown, CSV and JSON need no build.',
    });
  }
  return readFileSync(path, 'utf8');
}

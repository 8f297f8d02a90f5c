import Type from 'typebox';

import { readNeedSketches } from '../../export/need-sketches.ts';
import { renderReportCsv } from '../../export/report-csv.ts';
import { renderReportFile } from '../../export/report-file.ts';
import { renderReportMarkdown } from '../../export/report-markdown.ts';
import { readTrend } from '../../report/trend.ts';
import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';
import { ReportQuery } from '../schemas/report.ts';
import { WEB_DIST } from '../web-routes.ts';
import { readReport, windowOf } from './report-routes.ts';

/** The report as a file of its own: HTML with its plots, Markdown, CSV. */
export function exportRoutes(app: ApiServer, context: ApiContext): void {
  function describe(name: string, type: string) {
    return {
      tags: ['report'],
      summary: `The report as ${name}`,
      produces: [type],
      querystring: ReportQuery,
      response: { 200: Type.String({ description: name }), ...PROBLEM_RESPONSES },
    };
  }

  app.get(
    '/report.html',
    { schema: describe('one HTML file that loads nothing', 'text/html') },
    async ({ query }, reply) => {
      const now = context.clock();
      const window = windowOf(query, now);
      const { db } = context.store;
      const [report, trend] = await Promise.all([
        readReport(context, query),
        readTrend(db, window, { prices: context.prices, now }),
      ]);
      const sketches = await readNeedSketches(db, window, report.steps);
      const file = renderReportFile({ report, trend, sketches }, WEB_DIST);
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', "default-src 'none'; sandbox")
        .header('content-disposition', 'attachment; filename="stepfit-report.html"')
        .send(file);
    },
  );

  app.get(
    '/report.md',
    { schema: describe('Markdown', 'text/markdown') },
    async ({ query }, reply) =>
      reply
        .type('text/markdown; charset=utf-8')
        .send(renderReportMarkdown(await readReport(context, query))),
  );

  app.get('/report.csv', { schema: describe('CSV', 'text/csv') }, async ({ query }, reply) =>
    reply.type('text/csv; charset=utf-8').send(renderReportCsv(await readReport(context, query))),
  );
}

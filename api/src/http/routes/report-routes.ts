import { buildReport, firstDay } from '../../report/build-report.ts';
import { readReportRows } from '../../report/report-rows.ts';
import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';
import { Report, ReportQuery } from '../schemas/report.ts';

/** The over-provisioning report. */
export function reportRoutes(app: ApiServer, context: ApiContext): void {
  app.get(
    '/report',
    {
      schema: {
        tags: ['report'],
        summary: 'What was requested and not needed, worst first',
        querystring: ReportQuery,
        response: { 200: Report, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => readReport(context, query),
  );
}

/** Reads and shapes the report; the page shows the same. */
export async function readReport(context: ApiContext, query: ReportQuery): Promise<Report> {
  const now = context.clock();
  const rows = await readReportRows(context.store.db, {
    project: query.project,
    sinceDay: firstDay(now, query.days),
    ...(query.flow !== undefined && { flow: query.flow }),
  });
  return buildReport(rows, { query, prices: context.prices, now });
}

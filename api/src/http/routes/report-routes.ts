import { buildReport, firstDay } from '../../report/build-report.ts';
import { readFacets } from '../../report/facets.ts';
import { readReportRows, type ReportWindow } from '../../report/report-rows.ts';
import { readTrend } from '../../report/trend.ts';
import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { ProjectQuery } from '../schemas/common.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';
import { Report, ReportQuery, TrendQuery } from '../schemas/report.ts';
import { Facets, Trend } from '../schemas/trend.ts';

/** The over-provisioning report, its trend, and what it can be filtered by. */
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

  app.get(
    '/report/trend',
    {
      schema: {
        tags: ['report'],
        summary: 'The same day by day',
        querystring: TrendQuery,
        response: { 200: Trend, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const now = context.clock();
      const { prices, store } = context;
      return readTrend(store.db, windowOf(query, now), { prices, now });
    },
  );

  app.get(
    '/report/facets',
    {
      schema: {
        tags: ['report'],
        summary: 'What the report can be filtered by',
        querystring: ProjectQuery,
        response: { 200: Facets, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => readFacets(context.store.db, query.project),
  );
}

/** Reads and shapes the report. */
export async function readReport(context: ApiContext, query: ReportQuery): Promise<Report> {
  const now = context.clock();
  const rows = await readReportRows(context.store.db, windowOf(query, now), {
    prices: context.prices,
    limit: query.limit,
  });
  return buildReport(rows, { query, prices: context.prices, now });
}

/** What a query asks for, as the store is asked. */
export function windowOf(
  { project, flow, backend, owner, days }: TrendQuery,
  now: Date,
): ReportWindow {
  return {
    project,
    sinceDay: firstDay(now, days),
    ...(flow !== undefined && { flow }),
    ...(backend !== undefined && { backend }),
    ...(owner !== undefined && { owner }),
  };
}

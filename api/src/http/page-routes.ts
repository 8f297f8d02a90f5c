import type { FastifyReply } from 'fastify';

import { CONTENT_SECURITY_POLICY } from '../page/page-style.ts';
import { renderReportPage } from '../page/report-page.ts';
import { renderStepPage } from '../page/step-page.ts';
import { explainStep } from '../steps/explain-step.ts';
import type { ApiContext } from './api-context.ts';
import type { ApiServer } from './api-server.ts';
import { readReport } from './routes/report-routes.ts';
import { ProjectQuery, StepParams } from './schemas/common.ts';
import { ReportQuery } from './schemas/report.ts';

/** The report for a browser: no script, no request to anywhere else. */
export function pageRoutes(app: ApiServer, context: ApiContext): void {
  app.get('/', { schema: { hide: true, querystring: ReportQuery } }, async ({ query }, reply) =>
    sendPage(reply, renderReportPage(await readReport(context, query))),
  );

  app.get(
    '/steps/:flow/:step',
    { schema: { hide: true, params: StepParams, querystring: ProjectQuery } },
    async ({ params, query }, reply) => {
      const explanation = await explainStep(context, { ...params, project: query.project });
      return sendPage(reply, renderStepPage(query.project, explanation));
    },
  );
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .headers({
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    .type('text/html; charset=utf-8')
    .send(page);
}

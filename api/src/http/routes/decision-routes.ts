import { decideSuggestion } from '@stepfit/tuner/lifecycle/decide-suggestion';
import { Suggestion } from '@stepfit/tuner/model/suggestion';
import { listEvents } from '@stepfit/tuner/suggestion/suggestion-repository';

import { actorOf } from '../../access/access.ts';
import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { entityTag, expectedRevision } from '../if-match.ts';
import { ProjectQuery } from '../schemas/common.ts';
import { DecisionBody, SuggestionEvents } from '../schemas/decisions.ts';
import { IfMatchHeaders } from '../schemas/policies.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';
import { SuggestionParams } from '../schemas/suggestions.ts';

/** What people decide about suggestions, and what happened to one so far. */
export function decisionRoutes(app: ApiServer, { store, clock }: ApiContext): void {
  app.post(
    '/suggestions/:suggestionId/events',
    {
      schema: {
        tags: ['suggestions'],
        summary: 'Accept, dismiss, snooze, reopen; with If-Match, only what was read',
        params: SuggestionParams,
        querystring: ProjectQuery,
        headers: IfMatchHeaders,
        body: DecisionBody,
        response: { 200: Suggestion, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query, headers, body, access }, reply) => {
      const { event, actor, reason, until } = body;
      const revision = expectedRevision(headers['if-match']);
      const decided = await decideSuggestion(store.db, {
        project: query.project,
        suggestionId: params.suggestionId,
        decision: event,
        actor: actorOf(access, actor),
        at: clock(),
        ...(reason !== undefined && { reason }),
        ...(until !== undefined && { until: new Date(until) }),
        ...(revision !== undefined && { expectedRevision: revision }),
      });
      void reply.header('etag', entityTag(decided.revision));
      return decided;
    },
  );

  app.get(
    '/suggestions/:suggestionId/events',
    {
      schema: {
        tags: ['suggestions'],
        summary: 'What happened to a suggestion: who, when and why',
        params: SuggestionParams,
        querystring: ProjectQuery,
        response: { 200: SuggestionEvents, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query: { project } }) => ({
      events: await listEvents(store.db, { project, suggestionId: params.suggestionId }),
    }),
  );
}

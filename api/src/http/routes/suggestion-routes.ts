import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { Suggestion } from '@stepfit/tuner/model/suggestion';
import { findSuggestion, listSuggestions } from '@stepfit/tuner/suggestion/suggestion-repository';
import Type, { type Static } from 'typebox';

import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { entityTag } from '../if-match.ts';
import { decodeCursor, toPage } from '../page-cursor.ts';
import { ProjectQuery } from '../schemas/common.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';
import { SuggestionList, SuggestionListQuery, SuggestionParams } from '../schemas/suggestions.ts';

/** Where a page ends. */
const Position = Type.Object({
  createdAt: Type.String({ format: 'date-time' }),
  suggestionId: SuggestionParams.properties.suggestionId,
});

/** Suggestions with their evidence. */
export function suggestionRoutes(app: ApiServer, { store }: ApiContext): void {
  app.get(
    '/suggestions',
    {
      schema: {
        tags: ['suggestions'],
        summary: 'Suggestions, newest first',
        querystring: SuggestionListQuery,
        response: { 200: SuggestionList, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query: { cursor, limit, ...filter } }) => {
      const suggestions = await listSuggestions(store.db, {
        ...filter,
        limit: limit + 1,
        ...(cursor !== undefined && { after: readPosition(cursor) }),
      });
      const { items, nextCursor } = toPage(suggestions, limit, ({ createdAt, suggestionId }) => ({
        createdAt,
        suggestionId,
      }));
      return { suggestions: items, ...(nextCursor !== undefined && { nextCursor }) };
    },
  );

  app.get(
    '/suggestions/:suggestionId',
    {
      schema: {
        tags: ['suggestions'],
        summary: 'One suggestion with its evidence',
        params: SuggestionParams,
        querystring: ProjectQuery,
        response: { 200: Suggestion, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query: { project } }, reply) => {
      const { suggestionId } = params;
      const suggestion = await findSuggestion(store.db, { project, suggestionId });
      if (suggestion !== undefined) {
        void reply.header('etag', entityTag(suggestion.revision));
        return suggestion;
      }
      throw new StepfitError('not-found', `Project ${project} has no suggestion ${suggestionId}.`, {
        hint: '`stepfit suggest` and GET /api/v1/suggestions list those there are.',
      });
    },
  );
}

/** A forged time such as 30 February is brought into the calendar before the store would choke on it. */
function readPosition(cursor: string): Static<typeof Position> {
  const { createdAt, suggestionId } = decodeCursor(Position, cursor);
  return { createdAt: new Date(createdAt).toISOString(), suggestionId };
}

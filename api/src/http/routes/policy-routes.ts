import {
  loadPolicies,
  type PolicyRevision,
  storePolicies,
} from '@stepfit/tuner/policy/load-policy';
import { explainPolicy, resolvePolicy } from '@stepfit/tuner/policy/resolve-policy';

import { actorOf } from '../../access/access.ts';
import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { entityTag, expectedRevision } from '../if-match.ts';
import { ProjectQuery, StepParams } from '../schemas/common.ts';
import { IfMatchHeaders, Policies, PoliciesBody, StepPolicy } from '../schemas/policies.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';

/** What people allow the tuner to do: all of a project’s policies, and the one of a step, explained. */
export function policyRoutes(app: ApiServer, context: ApiContext): void {
  projectPolicyRoutes(app, context);
  stepPolicyRoute(app, context);
}

function projectPolicyRoutes(app: ApiServer, { store, clock }: ApiContext): void {
  app.get(
    '/policies',
    {
      schema: {
        tags: ['policies'],
        summary: 'All policies of a project, with the revision as ETag',
        querystring: ProjectQuery,
        response: { 200: Policies, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }, reply) => {
      const policies = await loadPolicies(store.db, query.project);
      void reply.header('etag', entityTag(policies.revision));
      return toPolicies(policies);
    },
  );

  app.put(
    '/policies',
    {
      schema: {
        tags: ['policies'],
        summary: 'Put policies in force; with If-Match, only over the revision that was read',
        querystring: ProjectQuery,
        headers: IfMatchHeaders,
        body: PoliciesBody,
        response: { 200: Policies, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query, headers, access, body: { actor, reason, ...document } }, reply) => {
      const revision = expectedRevision(headers['if-match']);
      const stored = await storePolicies(store.db, {
        project: query.project,
        document,
        actor: actorOf(access, actor),
        at: clock(),
        ...(reason !== undefined && { reason }),
        ...(revision !== undefined && { expectedRevision: revision }),
      });
      void reply.header('etag', entityTag(stored.revision));
      return toPolicies(stored);
    },
  );
}

function stepPolicyRoute(app: ApiServer, { store }: ApiContext): void {
  app.get(
    '/flows/:flow/steps/:step/policy',
    {
      schema: {
        tags: ['policies'],
        summary: 'The policy of a step: each field with where its value comes from',
        params: StepParams,
        querystring: ProjectQuery,
        response: { 200: StepPolicy, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query }) => {
      const { document } = await loadPolicies(store.db, query.project);
      const fields = explainPolicy(document, params).map(({ overridden, ...field }) => ({
        ...field,
        overridden: [...overridden],
      }));
      return { ...params, policy: resolvePolicy(document, params), fields };
    },
  );
}

function toPolicies({ document, at, ...revision }: PolicyRevision): Policies {
  return { ...revision, ...document, ...(at !== undefined && { at: at.toISOString() }) };
}

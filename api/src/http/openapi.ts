import swagger from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import type { TObject } from 'typebox';

import { VERSION } from '../version.ts';
import type { ApiServer } from './api-server.ts';

/** Collects the schemas of the routes registered afterwards into an OpenAPI 3.1 document. */
export async function describeWithOpenApi(app: ApiServer): Promise<void> {
  await app.register(swagger, {
    hideUntagged: true,
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, index) =>
        typeof $id === 'string' ? $id : `schema-${index}`,
    },
    transform: ({ schema, url }) => ({ schema: withOptionalDefaults(schema), url }),
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'StepFit',
        version: VERSION,
        description:
          'Over-provisioning, suggestions and their proof. Errors are RFC 9457 problem details with a stable `code`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'Where the server has a token.' },
        },
      },
      security: [{}, { bearer: [] }],
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
}

/** A parameter that has a default need not be given, whatever validation says after filling it in. */
function withOptionalDefaults(schema: FastifySchema): FastifySchema {
  const { querystring } = schema as { querystring?: TObject };
  if (querystring?.required === undefined) return schema;
  const required = querystring.required.filter(
    (name) => !('default' in (querystring.properties[name] ?? {})),
  );
  return { ...schema, querystring: { ...querystring, required } };
}

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { Step } from '../http/schemas/steps.ts';
import type { ApiClient } from './api-client.ts';

/** The server's largest page. */
const PAGE_LIMIT = 500;

/** Every step of the project, or of one flow, page by page. */
export async function* eachStep(client: ApiClient, flow?: string): AsyncGenerator<Step> {
  let cursor: string | undefined;
  do {
    const page = await client.steps({
      limit: PAGE_LIMIT,
      ...(flow !== undefined && { flow }),
      ...(cursor !== undefined && { cursor }),
    });
    yield* page.steps;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/** What to say where somebody named a flow or step that nothing is known of. */
export function noSuchStep(name: string): StepfitError {
  return new StepfitError('not-found', `No attempt of ${name} has arrived.`, {
    hint: '`stepfit report` lists the steps there are.',
  });
}

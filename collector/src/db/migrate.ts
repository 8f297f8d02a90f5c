import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';

import type { Logger } from '../logging/logger.ts';
import { MIGRATIONS } from './migrations/all.ts';

/**
 * Brings the schema up to date. Any number of processes may do so at once: one works, the others wait.
 *
 * @throws {StepfitError} `store-unavailable` with the migration that failed.
 */
export async function migrate<Tables>(db: Kysely<Tables>, log: Logger): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: {
      async getMigrations() {
        return MIGRATIONS;
      },
    },
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  for (const { migrationName, status } of results) {
    if (status === 'Success') log.info({ migration: migrationName }, 'migration applied');
  }
  if (error !== undefined) {
    const failed = results.find((result) => result.status === 'Error')?.migrationName;
    const what =
      failed === undefined ? 'The store could not be migrated' : `Migration ${failed} failed`;
    throw new StepfitError(
      'store-unavailable',
      `${what}: ${error instanceof Error ? error.message : JSON.stringify(error)}`,
      {
        hint: 'The database keeps its last good state; check its version and rights.',
        cause: error,
      },
    );
  }
}

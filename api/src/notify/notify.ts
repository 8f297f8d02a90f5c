import { createHash } from 'node:crypto';

import type { Store } from '@stepfit/collector/db/open-store';
import { type Job, startJob } from '@stepfit/collector/jobs/job';
import type { Logger } from '@stepfit/collector/logging/logger';
import { sql } from 'kysely';

import { eventNotices, type Subject, weeklyDigests } from './collect-notices.ts';
import type { Hook } from './notify-config.ts';
import { sendNotice } from './send-notice.ts';

export interface NotifyContext {
  readonly store: Store;
  readonly clock: () => Date;
  readonly log: Logger;
  readonly hooks: readonly Hook[];
}

/** A minute: nobody waits for a message, and what happens is read from the store. */
const REST_MS = 60_000;
/** A receiver that is away is tried again after 1, 2, 4, … minutes, ten times within 17 hours. */
const MOST_TRIES = 11;
const FIRST_RETRY_MS = 60_000;

/** Tells hooks what happens, and each week what there is to do; one job, on any number of replicas. */
export function startNotifier(context: NotifyContext): Job {
  return startJob({
    name: 'notify',
    restMs: REST_MS,
    log: context.log,
    async round() {
      await notifyOnce(context);
      return false;
    },
  });
}

/** Delivers everything that is not delivered yet; returns how much. A hook that fails keeps no other waiting. */
export async function notifyOnce({ store, clock, log, hooks }: NotifyContext): Promise<number> {
  let delivered = 0;
  for (const project of await projects(store.db)) {
    const now = clock();
    const events = await eventNotices(store.db, project, now);
    const digests = await weeklyDigests(store.db, project, now);
    for (const hook of hooks) {
      for (const subject of subjectsFor(hook, project, { events, digests })) {
        if (!(await claim(store.db, { project, hook, subject, now }))) continue;
        try {
          await sendNotice(hook, subject.notice, { id: idOf(project, hook, subject), at: now });
        } catch (error) {
          log.warn({ err: error, hook: hook.name }, 'a notification was not delivered');
          continue;
        }
        await confirm(store.db, { project, hook, subject, now });
        delivered += 1;
      }
    }
  }
  return delivered;
}

function subjectsFor(
  { project: only, owner, send }: Hook,
  project: string,
  {
    events,
    digests,
  }: { readonly events: readonly Subject[]; readonly digests: readonly Subject[] },
): Subject[] {
  if (only !== undefined && only !== project) return [];
  const subjects = [
    ...(send.includes('events') ? events : []),
    ...(send.includes('digest') ? digests : []),
  ];
  return subjects.filter(({ notice }) => owner === undefined || notice.owner === owner);
}

async function projects(db: Store['db']): Promise<string[]> {
  const rows = await db
    .selectFrom('step')
    .select('project')
    .distinct()
    .orderBy('project')
    .execute();
  return rows.map(({ project }) => project);
}

interface Told {
  readonly project: string;
  readonly hook: Hook;
  readonly subject: Subject;
  readonly now: Date;
}

/** True for one replica, and again after twice the time where delivering failed. */
async function claim(db: Store['db'], { project, hook, subject, now }: Told): Promise<boolean> {
  const at = now.toISOString();
  const { rows } = await sql`
    insert into notification (project, hook, subject, claimed_at, tries)
    values (${project}, ${hook.name}, ${subject.subject}, ${at}::timestamptz, 1)
    on conflict (project, hook, subject) do update
      set claimed_at = excluded.claimed_at, tries = notification.tries + 1
      where notification.delivered_at is null and notification.tries < ${MOST_TRIES}
        and notification.claimed_at
          + (${FIRST_RETRY_MS / 1000} * power(2, notification.tries - 1)) * interval '1 second'
          <= excluded.claimed_at
    returning tries`.execute(db);
  return rows.length > 0;
}

async function confirm(db: Store['db'], { project, hook, subject, now }: Told): Promise<void> {
  await db
    .updateTable('notification')
    .set({ delivered_at: now })
    .where('project', '=', project)
    .where('hook', '=', hook.name)
    .where('subject', '=', subject.subject)
    .execute();
}

function idOf(project: string, { name }: Hook, { subject }: Subject): string {
  const text = JSON.stringify([project, name, subject]);
  return `msg_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
}

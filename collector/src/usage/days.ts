const DAY_MS = 24 * 3_600_000;

export const WEEK_DAYS = 7;

/** The UTC day of a moment, `YYYY-MM-DD`. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** So many days after a day, or before it. */
export function addDays(day: string, count: number): string {
  return dayOf(new Date(Date.parse(day) + count * DAY_MS));
}

/** The Monday that the week of a day begins with (ISO 8601). */
export function mondayOf(day: string): string {
  return addDays(day, -((new Date(day).getUTCDay() + 6) % WEEK_DAYS));
}

import type { SkipView } from '../http/schemas/report.ts';

/** Why a step has no suggestion, as rows say it. */
export function toSkip(row: {
  readonly skip_code: string | null;
  readonly skip_detail: string | null;
}): SkipView | undefined {
  return row.skip_code === null
    ? undefined
    : { code: row.skip_code, detail: row.skip_detail ?? '' };
}

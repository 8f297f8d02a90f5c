import type { RequestReplay } from '@stepfit/tuner/replay/replay-request';
import type { JSX } from 'preact';

import {
  formatAmount,
  formatBound,
  formatDuration,
  formatMemory,
  formatMoney,
  formatShare,
} from '../../../src/format/quantities.ts';
import { Term } from '../parts/term.tsx';

const MS_PER_HOUR = 3_600_000;

/** What a request would have meant, beside what the current one means. */
export function Readout({
  then,
  now,
  runs,
}: {
  readonly then: RequestReplay;
  readonly now?: RequestReplay;
  readonly runs: number;
}): JSX.Element {
  const { memory, bound, paid, plan, addedHours } = then;
  return (
    <dl class="readout" aria-live="polite">
      <div>
        <dt>Out of memory</dt>
        <dd class={memory.failures > 0 ? 'bad' : 'good'} data-what="failures">
          {memory.failures} of {memory.attempts}
          <small>
            next: <Term of="at most" /> {formatBound(bound.upperBound)}
          </small>
        </dd>
      </div>
      <div>
        <dt>Memory paid</dt>
        <dd data-what="gib-hours">
          {formatAmount(memory.paidGibHours)} GiB-h
          <small>{against(memory.paidGibHours, now?.memory.paidGibHours)}</small>
        </dd>
      </div>
      <div>
        <dt>Cost, all together</dt>
        <dd data-what="money">
          {formatMoney((paid.costUsd / Math.max(1, runs)) * 1000)}
          <small>per 1,000 runs; {against(paid.costUsd, now?.paid.costUsd)}</small>
        </dd>
      </div>
      <div>
        <dt>
          <Term of="added time">Running time added</Term>
        </dt>
        <dd data-what="added">
          {addedHours === 0 ? 'none' : formatDuration(addedHours * MS_PER_HOUR)}
          <small>over all {memory.attempts} attempts</small>
        </dd>
      </div>
      <div>
        <dt>
          If it fails, the <Term of="plan" />
        </dt>
        <dd>
          {formatMemory(plan.secondMiB)}
          <small>then {formatMemory(plan.lastMiB)}</small>
        </dd>
      </div>
    </dl>
  );
}

function against(amount: number, current: number | undefined): string {
  if (current === undefined || current === 0) return '';
  const share = amount / current - 1;
  if (Math.abs(share) < 0.0005) return 'as now';
  return share < 0 ? `${formatShare(-share)} less than now` : `${formatShare(share)} more than now`;
}

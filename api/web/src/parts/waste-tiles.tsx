import type { ComponentChildren, JSX } from 'preact';

import { formatAmount, formatMoney, formatShare } from '../../../src/format/quantities.ts';
import type { Report } from '../../../src/http/schemas/report.ts';
import { Term } from './term.tsx';

/** What was requested and not needed, resource by resource; what nobody requested is left out. */
export function WasteTiles({
  totals,
  children,
}: {
  readonly totals: Report['totals'];
  /** More tiles. */
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <ul class="tiles">
      <Tile
        label="Money"
        amount={formatMoney(totals.wastedCostUsd)}
        wasted={totals.wastedCostUsd}
        requested={totals.requestedCostUsd}
        format={formatMoney}
      />
      <Tile
        label="Memory"
        amount={formatAmount(totals.wastedGibHours)}
        unit={<Term of="GiB-h" />}
        wasted={totals.wastedGibHours}
        requested={totals.requestedGibHours}
        format={(value) => `${formatAmount(value)} GiB-h`}
      />
      <Tile
        label="CPU"
        amount={formatAmount(totals.wastedCoreHours)}
        unit={<Term of="core-h" />}
        wasted={totals.wastedCoreHours}
        requested={totals.requestedCoreHours}
        format={(value) => `${formatAmount(value)} core-h`}
      />
      <Tile
        label="GPU"
        amount={formatAmount(totals.idleGpuHours)}
        unit={<Term of="GPU-h" />}
        wasted={totals.idleGpuHours}
        requested={totals.requestedGpuHours}
        format={(value) => `${formatAmount(value)} GPU-h`}
      />
      {children}
    </ul>
  );
}

function Tile({
  label,
  amount,
  unit,
  wasted,
  requested,
  format,
}: {
  readonly label: string;
  readonly amount: string;
  readonly unit?: JSX.Element;
  readonly wasted: number;
  readonly requested: number;
  readonly format: (value: number) => string;
}): JSX.Element | null {
  if (requested === 0) return null;
  const share = Math.min(1, wasted / requested);
  return (
    <li>
      <span class="label">
        {label} <Term of="wasted" />
      </span>
      <b>
        {amount} {unit !== undefined && <small>{unit}</small>}
      </b>
      <span class="meter" aria-hidden="true">
        <i class="fill-used" style={{ width: `${(1 - share) * 100}%` }} />
        <i class="fill-wasted" style={{ width: `${share * 100}%` }} />
      </span>
      <span class="quiet small">
        {formatShare(share)} of {format(requested)} requested
      </span>
    </li>
  );
}

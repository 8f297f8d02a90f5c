import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { formatAmount, formatMoney } from '../../../src/format/quantities.ts';
import type { TrendDay } from '../../../src/http/schemas/trend.ts';
import { Segments } from '../parts/segments.tsx';
import { TrendPlot, type TrendUnit } from '../plots/trend-plot.tsx';

type UnitName = 'money' | 'memory' | 'cores' | 'GPUs';

const UNITS: Readonly<Record<UnitName, TrendUnit>> = {
  money: {
    requested: (day) => day.requestedCostUsd,
    wasted: (day) => day.wastedCostUsd,
    format: formatMoney,
  },
  memory: {
    requested: (day) => day.requestedGibHours,
    wasted: (day) => day.wastedGibHours,
    format: (amount) => `${formatAmount(amount)} GiB-h`,
  },
  cores: {
    requested: (day) => day.requestedCoreHours,
    wasted: (day) => day.wastedCoreHours,
    format: (amount) => `${formatAmount(amount)} core-h`,
  },
  GPUs: {
    requested: (day) => day.requestedGpuHours,
    wasted: (day) => day.idleGpuHours,
    format: (amount) => `${formatAmount(amount)} GPU-h`,
  },
};

/** The trend in the unit that one cares for. */
export function TrendPanel({
  days,
  hasGpus,
}: {
  readonly days: readonly TrendDay[];
  readonly hasGpus: boolean;
}): JSX.Element {
  const [name, setName] = useState<UnitName>('money');
  const names = (Object.keys(UNITS) as UnitName[]).filter((unit) => unit !== 'GPUs' || hasGpus);
  return (
    <section class="panel" aria-labelledby="trend">
      <header>
        <h2 id="trend">Day by day</h2>
        <span class="keys">
          <span class="key">
            <i class="fill-used" /> needed
          </span>
          <span class="key">
            <i class="fill-wasted" /> wasted
          </span>
        </span>
        <Segments label="Unit" values={names} chosen={name} onChoose={setName} />
      </header>
      <TrendPlot days={days} unit={UNITS[name]} label={`Requested and wasted by day, ${name}`} />
    </section>
  );
}

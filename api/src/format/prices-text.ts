import type { Prices } from '@stepfit/tuner/model/prices';
import { knownCards } from '@stepfit/tuner/prices/gpu-cards';
import { billedUnit, hourlyCostUsd } from '@stepfit/tuner/prices/hourly-cost';

import { formatAmount, formatCount, formatMemory, formatMoney } from './quantities.ts';
import type { TextOptions } from './report-text.ts';
import { printable } from './style.ts';
import { wrapText } from './wrap-text.ts';

/** What a common task costs, so that a table with a slip in it shows. */
const COMMON_TASK = { cpuCores: 4, memoryMiB: 16_384 } as const;

/** What a price table says, in a few lines. */
export function renderPrices(prices: Prices, { style, width }: TextOptions): string {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['source', prices.source],
    ['billed', billedWords(prices)],
    ['prices', linearWords(prices)],
    ['machines', machineWords(prices)],
    ['GPUs', cardWords(prices)],
    ['so', `4 cores with 16 GiB cost ${formatMoney(hourlyCostUsd(COMMON_TASK, prices))} an hour`],
  ];
  const example = prices.isExample ? style.faint(' (an example, no one’s bill)') : '';
  const lines = facts.flatMap(([name, text]) =>
    text === undefined ? [] : wrapText(`${name.padEnd(LABEL)}${printable(text)}`, width, INDENT),
  );
  return [`${style.strong(printable(prices.name))}${example}`, ...lines].join('\n');
}

const LABEL = 10;
const INDENT = ' '.repeat(LABEL);

function billedWords(prices: Prices): string {
  const unit =
    billedUnit(prices) === 'task'
      ? 'each task by itself: what is freed is saved'
      : 'machines that tasks share: what is freed is saved once one can go';
  return prices.grid === undefined ? unit : `${unit}; only the sizes of ${prices.grid.name}`;
}

function linearWords({ cpuCoreHourUsd, memoryGibHourUsd, gpuHourUsd, shapes }: Prices): string {
  const amounts = [
    `$${formatAmount(cpuCoreHourUsd)} a core-hour`,
    `$${formatAmount(memoryGibHourUsd)} a GiB-hour`,
    `$${formatAmount(gpuHourUsd)} a GPU-hour`,
  ].join(', ');
  return shapes === undefined ? amounts : `${amounts}, to value capacity`;
}

function machineWords({ shapes }: Prices): string | undefined {
  if (shapes === undefined) return undefined;
  const byPrice = shapes.toSorted((a, b) => a.hourUsd - b.hourUsd);
  const ends = [byPrice[0], byPrice.at(-1)].flatMap((shape) => shape ?? []);
  const told = ends.map(
    ({ name, cpuCores, memoryMiB, hourUsd }) =>
      `${name} (${formatAmount(cpuCores)} cores, ${formatMemory(memoryMiB)}) at ${formatMoney(hourUsd)} an hour`,
  );
  return `${formatCount(shapes.length, 'machine')}, ${[...new Set(told)].join(' to ')}`;
}

function cardWords(prices: Prices): string | undefined {
  const cards = knownCards(prices);
  if (cards.length === 0) return undefined;
  return cards.map(({ model, memoryMiB }) => `${model} (${formatMemory(memoryMiB)})`).join(', ');
}

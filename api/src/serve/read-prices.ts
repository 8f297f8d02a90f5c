import { readFileSync } from 'node:fs';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { EXAMPLE_PRICES, type Prices } from '@stepfit/tuner/model/prices';
import { parsePriceTable } from '@stepfit/tuner/prices/parse-price-table';

/**
 * Reads a price table: a JSON file of the shape that `docs/prices.md` shows, or the example prices where
 * none is named.
 *
 * @throws {StepfitError} `invalid-input` when it cannot be read or is not one.
 */
export function readPrices(path: string | undefined): Prices {
  if (path === undefined || path === '') return EXAMPLE_PRICES;
  return parsePriceTable(parse(path), path);
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StepfitError('invalid-input', `The price table ${path} cannot be read: ${reason}`, {
      hint: 'Give the path of a JSON file with --prices or STEPFIT_PRICES.',
      cause: error,
    });
  }
}

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

import { jsonMembers } from './json-members.ts';

/** A product of an AWS price list file (`formatVersion` v1.0). */
export const OfferProduct = Type.Object({
  sku: Type.String(),
  productFamily: Type.Optional(Type.String()),
  attributes: Type.Record(Type.String(), Type.String()),
});
export type OfferProduct = Static<typeof OfferProduct>;

/** The on-demand terms of one product, by term. */
const OfferTerms = Type.Record(
  Type.String(),
  Type.Object({
    effectiveDate: Type.Optional(Type.String()),
    priceDimensions: Type.Record(
      Type.String(),
      Type.Object({
        unit: Type.String(),
        pricePerUnit: Type.Record(Type.String(), Type.String()),
      }),
    ),
  }),
);
type OfferTerms = Static<typeof OfferTerms>;

/** A product with what an hour of it costs; absent where the file does not say so in US dollars. */
export interface PricedProduct extends OfferProduct {
  readonly hourUsd?: number;
  /** Day from which the price holds, `YYYY-MM-DD`. */
  readonly since?: string;
}

/**
 * The products of an AWS price list file (“offer file”, JSON) that are wanted, with their on-demand prices.
 * Whole files have gigabytes, most of them prices of reservations: they are read as they arrive, and only
 * what is wanted is kept.
 *
 * Format: AWS Billing user guide, “Reading the service price list file for an AWS service”.
 *
 * @throws {StepfitError} `invalid-input` when the file is not a price list, ends early, or has terms before
 *   products.
 */
export async function readOfferFile(
  chunks: AsyncIterable<string>,
  isWanted: (product: OfferProduct) => boolean,
): Promise<PricedProduct[]> {
  const products = new Map<string, PricedProduct>();
  let seen = 0;
  for await (const { path, value } of jsonMembers(chunks, isProductOrOnDemandTerms)) {
    const sku = path.at(-1) ?? '';
    if (path[0] === 'products') {
      seen += 1;
      if (Value.Check(OfferProduct, value) && isWanted(value)) products.set(sku, value);
      continue;
    }
    if (seen === 0) throw noOffer('its terms come before its products');
    const product = products.get(sku);
    if (product !== undefined && Value.Check(OfferTerms, value)) {
      products.set(sku, { ...product, ...onDemandPrice(value) });
    }
  }
  if (seen === 0) throw noOffer('it has no products');
  return [...products.values()];
}

function isProductOrOnDemandTerms([section, kind, ...rest]: readonly string[]): boolean {
  if (section === 'products') return kind !== undefined && rest.length === 0;
  return section === 'terms' && kind === 'OnDemand' && rest.length === 1;
}

/** Dimensions at nought belong to reservations that are paid for otherwise. */
function onDemandPrice(terms: OfferTerms): Pick<PricedProduct, 'hourUsd' | 'since'> {
  for (const { effectiveDate, priceDimensions } of Object.values(terms)) {
    for (const { unit, pricePerUnit } of Object.values(priceDimensions)) {
      const hourUsd = Number(pricePerUnit['USD']);
      if (!/^(hrs|hours?)$/i.test(unit) || !(hourUsd > 0)) continue;
      return { hourUsd, ...(effectiveDate && { since: effectiveDate.slice(0, 10) }) };
    }
  }
  return {};
}

function noOffer(reason: string): StepfitError {
  return new StepfitError('invalid-input', `This is not an AWS price list file: ${reason}.`, {
    hint: 'docs/prices.md says which files to download.',
  });
}

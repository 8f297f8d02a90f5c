import type { JSX } from 'preact';

/** Whose prices the money is by. */
export function PriceNote({
  prices,
}: {
  readonly prices: { readonly name: string; readonly isExample: boolean };
}): JSX.Element {
  return prices.isExample ? (
    <span>
      Money is by {prices.name}, not by your bill: give yours with{' '}
      <code>stepfit serve --prices FILE</code>.
    </span>
  ) : (
    <span>Money is by {prices.name}.</span>
  );
}

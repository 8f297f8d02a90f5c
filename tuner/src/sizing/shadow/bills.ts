/** Mean waste of each shadow so far, each attempt with its weight. */
export interface Bills {
  readonly mean: (shadow: string) => number | undefined;
  readonly charge: (shadow: string, waste: number, weight: number) => void;
}

export function createBills(): Bills {
  const bills = new Map<string, { waste: number; weight: number }>();
  return {
    mean(shadow) {
      const bill = bills.get(shadow);
      return bill === undefined ? undefined : bill.waste / bill.weight;
    },
    charge(shadow, waste, weight) {
      const bill = bills.get(shadow) ?? { waste: 0, weight: 0 };
      bill.waste += weight * waste;
      bill.weight += weight;
      bills.set(shadow, bill);
    },
  };
}

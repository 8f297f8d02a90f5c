import type { Shadow } from './askable.ts';
import { type FailureTerms, realisedWaste } from './expected-waste.ts';
import { cheapestOpinion, type Opinion } from './opinion.ts';

/** What shadows would have wasted so far, each attempt with its weight. */
export interface Bills {
  /**
   * What a shadow's word is weighed by, given the opinions before its own. Undefined while it has no bill,
   * infinite while it is on trial.
   */
  readonly billOf: (shadow: Shadow, spoken: readonly Opinion[]) => number | undefined;
  /** Bills what was said of an attempt that turned out to need `need`. */
  readonly charge: (
    asked: { readonly opinions: readonly Opinion[]; readonly terms: FailureTerms },
    need: number,
    weight: number,
  ) => void;
}

/** Attempts after which a model is heard: with fewer, one lucky word decides. */
const TRIAL_ATTEMPTS = 8;

/** Waste of a shadow and, for a model, of who decided without it on the same attempts. */
interface Bill {
  own: number;
  others: number;
  weight: number;
  attempts: number;
}

/**
 * Forms are billed by their mean waste. A model of several features joins late, once there is something to
 * fit or a network was trained, and the attempts since may have been cheaper or dearer than those before: it
 * is compared with what the cheapest form wasted on the very attempts that the model spoke on.
 */
export function createBills(): Bills {
  const bills = new Map<string, Bill>();

  function add(name: string, own: number, others: number, weight: number): void {
    const bill = bills.get(name) ?? { own: 0, others: 0, weight: 0, attempts: 0 };
    bill.own += weight * own;
    bill.others += weight * others;
    bill.weight += weight;
    bill.attempts += 1;
    bills.set(name, bill);
  }

  return {
    billOf(shadow, spoken) {
      const bill = bills.get(shadow.name);
      const others = isModel(shadow) ? cheapestForm(spoken) : undefined;
      if (others !== undefined) return billOnTrial(bill, others.bill);
      return bill === undefined ? undefined : bill.own / bill.weight;
    },
    charge({ opinions, terms }, need, weight) {
      function wasteOf({ allocation, retry }: Opinion): number {
        return realisedWaste(allocation, retry, need, terms);
      }
      const form = cheapestForm(opinions);
      const others = form === undefined ? 0 : wasteOf(form);
      for (const opinion of opinions) add(opinion.shadow.name, wasteOf(opinion), others, weight);
    },
  };
}

/** What a model would have been billed had it spoken on as many attempts as the cheapest form. */
function billOnTrial(bill: Bill | undefined, formBill: number): number {
  if (bill === undefined || bill.attempts < TRIAL_ATTEMPTS) return Number.POSITIVE_INFINITY;
  if (bill.others > 0) return (bill.own / bill.others) * formBill;
  return bill.own > 0 ? Number.POSITIVE_INFINITY : formBill;
}

function isModel({ form }: Shadow): boolean {
  return form === 'several';
}

function cheapestForm(opinions: readonly Opinion[]): Opinion | undefined {
  return cheapestOpinion(opinions.filter(({ shadow }) => !isModel(shadow)));
}

import type { Shadow } from './askable.ts';
import { type FailureTerms, realisedWaste } from './expected-waste.ts';
import { cheapestOpinion, type Opinion } from './opinion.ts';
import type { ShadowOptions } from './options.ts';

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

interface Bill {
  waste: number;
  weight: number;
}

/** What a model and a form wasted on the attempts that both spoke on. */
interface Duel {
  model: number;
  form: number;
  attempts: number;
}

/**
 * Forms are billed by their mean waste. A model of several features joins late, once there is something to
 * fit or a network was trained, and the attempts since may have been cheaper or dearer than those before: it
 * is compared with the cheapest form by what both wasted on the very attempts that the model spoke on.
 */
export function createBills({ trial }: Pick<ShadowOptions, 'trial'>): Bills {
  const bills = new Map<string, Bill>();
  const duels = new Map<string, Map<string, Duel>>();

  function bill(name: string, waste: number, weight: number): void {
    const known = bills.get(name) ?? { waste: 0, weight: 0 };
    known.waste += weight * waste;
    known.weight += weight;
    bills.set(name, known);
  }

  function duelOf(model: string, form: string): Duel {
    const duelsOfModel = duels.get(model) ?? new Map<string, Duel>();
    duels.set(model, duelsOfModel);
    const duel = duelsOfModel.get(form) ?? { model: 0, form: 0, attempts: 0 };
    duelsOfModel.set(form, duel);
    return duel;
  }

  return {
    billOf(shadow, spoken) {
      const isOnTrial = trial && isModel(shadow);
      const form = isOnTrial ? cheapestOpinion(spoken.filter(isForm)) : undefined;
      if (form !== undefined) return billOnTrial(duelOf(shadow.name, form.shadow.name), form.bill);
      const known = bills.get(shadow.name);
      return known === undefined ? undefined : known.waste / known.weight;
    },
    charge({ opinions, terms }, need, weight) {
      const billed = opinions.map((opinion) => ({
        shadow: opinion.shadow,
        waste: realisedWaste(opinion.allocation, opinion.retry, need, terms),
      }));
      for (const { shadow, waste } of billed) {
        bill(shadow.name, waste, weight);
        if (!isModel(shadow)) continue;
        for (const other of billed.filter(isForm)) {
          const duel = duelOf(shadow.name, other.shadow.name);
          duel.model += weight * waste;
          duel.form += weight * other.waste;
          duel.attempts += 1;
        }
      }
    },
  };
}

/** What a model would have been billed had it spoken on as many attempts as the form. */
function billOnTrial({ model, form, attempts }: Duel, formBill: number): number {
  if (attempts < TRIAL_ATTEMPTS) return Number.POSITIVE_INFINITY;
  if (form > 0) return (model / form) * formBill;
  return model > 0 ? Number.POSITIVE_INFINITY : formBill;
}

function isModel({ form }: Shadow): boolean {
  return form === 'several';
}

function isForm({ shadow }: { readonly shadow: Shadow }): boolean {
  return !isModel(shadow);
}

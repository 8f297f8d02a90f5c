import type { SeveralFeatures } from '../sizing/shadow/askable.ts';
import type { NetAttempt } from './attempt-facts.ts';
import type { QuantileNet } from './quantile-net.ts';

/**
 * The network as one more shadow of one step, for `ShadowOptions.several`: it is billed like every other and
 * decides by its bill. It keeps quiet while there is no network. Needs in MiB.
 */
export function createNetworkShadow(
  step: Pick<NetAttempt, 'step' | 'declaredMiB' | 'cpuCores'>,
  currentNet: () => QuantileNet | undefined,
): SeveralFeatures {
  return {
    name: 'network',
    findSupport(attempts, features) {
      const past = attempts.map((one) => ({ features: one.features, needMiB: one.need }));
      return currentNet()?.forecast({ ...step, features, past });
    },
  };
}

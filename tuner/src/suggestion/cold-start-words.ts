import { type ColdStart, coldStart } from '../learning/cold-start.ts';
import type { Policy } from '../model/policy.ts';
import type { ProjectFacts } from '../model/project-facts.ts';
import { countWords, shareWords } from '../words/amounts.ts';

/** What the project's other steps say of a new one, for each resource. */
export function projectColdStart(
  { riskRatio, riskConfidence: confidence }: Policy,
  projectFacts: ProjectFacts | undefined,
): { readonly memory: ColdStart; readonly cores: ColdStart } {
  const { memory = [], cores = [] } = projectFacts?.needRatios ?? {};
  const budget = { riskRatio, confidence };
  return { memory: coldStart(memory, budget), cores: coldStart(cores, budget) };
}

/** Why a new step may be given less: a clause. */
export function newStepWords(start: ColdStart, { riskRatio, riskConfidence }: Policy): string {
  return (
    `it is new, and ${start.steps - start.failures} of the project's ${countWords(start.steps, 'other step')} never needed more than ` +
    `${shareWords(start.ratio)} of what they asked for, so that at most ${shareWords(riskRatio)} of new ones do ` +
    `(${shareWords(riskConfidence)} sure)`
  );
}

/** What the project's other steps would say of a step that has hardly run; empty where there are none. */
export function keptNewWords(policy: Policy, projectFacts: ProjectFacts | undefined): string {
  const { memory, cores } = projectColdStart(policy, projectFacts);
  if (memory.steps === 0) return '';
  const needed =
    `The project's ${countWords(memory.steps, 'other step')} needed up to ${shareWords(memory.largestRatio)} of the memory` +
    (cores.steps === 0 ? '' : ` and ${shareWords(cores.largestRatio)} of the cores`);
  const verdict =
    memory.stepsMissing > 0
      ? `${memory.stepsMissing} more would have to stay within theirs before a new one may be given less on their word`
      : 'so a new one keeps what it asks for until it has shown its need';
  return `${needed} they asked for: ${verdict}.`;
}

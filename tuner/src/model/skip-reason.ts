/** Why a step has no suggestion. Closed: a new reason needs a line here and one in `docs/suggestions.md`. */
export const SKIP_REASONS = {
  'too-few-attempts': 'Not enough finished attempts with measured usage yet.',
  'nothing-requested':
    'The step asks for nothing that could be changed, and its backend adds no default.',
  'within-tolerance': 'What the step asks for is within tolerance of what it needs.',
  capped: 'A policy’s cap is below what the step needs, so nothing can be suggested within it.',
  unproven:
    'Less memory would have done so far, but the attempts are too few to prove it within the policy’s risk.',
  'follows-request':
    'The step uses more when it is given more, so what it needs cannot be told from what it uses.',
  'code-changed':
    'The code of the step changed, and too few attempts of the new one have run to their end.',
  'need-shifted':
    'The need of the step moved to another level, and too few attempts have run to their end since.',
  'need-grows': 'Less would do today, but the need grows from run to run, and it would not last.',
  saturated: 'Usage reached all cores the machine had, so the step may need what it asks for.',
  'no-effect': 'The backend would not honour a smaller value; the detail says what would work.',
  'attempts-failing': 'The newest attempts all failed, so their usage says little about the need.',
  excluded: 'A policy excludes this step.',
  observed: 'A policy lets this step be observed only.',
  dismissed: 'Somebody dismissed these values, and the attempts say the same still.',
  snoozed: 'Somebody put the suggestion off.',
  'rolled-back': 'These values were tried and rolled back.',
  'cooling-down': 'Mode auto: nothing new is tried so soon after the last change.',
  'gives-nothing': 'Mode auto: trials were rolled back again and again, so no more are made.',
  'in-force': 'What is suggested takes effect at launch already.',
} as const;

export type SkipCode = keyof typeof SKIP_REASONS;

/** Why a smaller request is not suggested, though the attempts that count would have got along with it. */
export type HoldCode = Extract<
  SkipCode,
  'follows-request' | 'code-changed' | 'need-shifted' | 'need-grows'
>;

export interface Skip {
  readonly kind: 'skip';
  readonly code: SkipCode;
  /** One sentence with this step's numbers. */
  readonly detail: string;
}

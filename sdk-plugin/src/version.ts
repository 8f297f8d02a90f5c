/** What the sampler calls itself in every export. All packages of StepFit are released together. */
export const SAMPLER = 'stepfit-sdk/0.1.0';

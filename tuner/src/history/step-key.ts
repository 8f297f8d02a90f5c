/** Which step of which flow, in which project. */
export interface StepKey {
  readonly project: string;
  readonly flow: string;
  readonly step: string;
}

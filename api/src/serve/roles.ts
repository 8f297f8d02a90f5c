/** What a process can do; one does all of it unless told otherwise. */
export const ROLES = ['collector', 'tuner', 'api'] as const;
export type Role = (typeof ROLES)[number];

/** `T` with its possibly undefined fields made optional. */
export type Present<T> = {
  [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key];
} & { [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined> };

/** Leaves out the fields that are undefined: optional fields are absent. */
export function present<T extends object>(fields: T): Present<T> {
  // Removing the undefined fields is what turns `T` into `Present<T>`.
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Present<T>;
}

const KEY = 'stepfit-actor';

/** Who sits here, as they said once; decisions are kept with it. */
export function readActor(): string | undefined {
  return localStorage.getItem(KEY) ?? undefined;
}

export function storeActor(actor: string): void {
  localStorage.setItem(KEY, actor);
}

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

import type { AccessView } from '../../src/http/schemas/tokens.ts';

const Context = createContext<AccessView>({ kind: 'open' });
export const AccessProvider = Context.Provider;

/** Who sits here, as the server knows them. */
export function useAccess(): AccessView {
  return useContext(Context);
}

/** Whether they may accept, dismiss and snooze; the server decides, this only spares them the refusal. */
export function mayDecide({ role }: AccessView): boolean {
  return role === undefined || role === 'write' || role === 'admin';
}

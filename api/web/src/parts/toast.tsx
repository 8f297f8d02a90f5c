import { type ComponentChildren, createContext, type JSX } from 'preact';
import { useContext, useState } from 'preact/hooks';

interface Toast {
  readonly words: string;
  readonly isBad: boolean;
}

type Say = (words: string, isBad?: boolean) => void;

const SHOWN_MS = 5000;
const Context = createContext<Say>(() => undefined);

/** Says in a line at the foot of the page what has just happened. */
export function useToast(): Say {
  return useContext(Context);
}

export function ToastProvider({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const [toast, setToast] = useState<Toast>();
  function say(words: string, isBad = false): void {
    const next = { words, isBad };
    setToast(next);
    setTimeout(() => setToast((shown) => (shown === next ? undefined : shown)), SHOWN_MS);
  }
  return (
    <Context.Provider value={say}>
      {children}
      <div aria-live="polite">
        {toast !== undefined && (
          <div class={toast.isBad ? 'toast bad' : 'toast'}>{toast.words}</div>
        )}
      </div>
    </Context.Provider>
  );
}

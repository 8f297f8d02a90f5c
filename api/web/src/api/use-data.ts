import { useEffect, useState } from 'preact/hooks';

export type Loaded<Data> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: unknown; readonly retry: () => void }
  | { readonly kind: 'ready'; readonly data: Data; readonly reload: () => void };

/**
 * Loads when `key` changes, and again, quietly, when `pulse` does: what is on the page stays until the new is
 * there. A pulse that cannot be followed is ignored; the next one comes.
 */
export function useData<Data>(
  key: string,
  load: (signal: AbortSignal) => Promise<Data>,
  pulse = 0,
): Loaded<Data> {
  const [state, setState] = useState<{ readonly key: string; readonly loaded: Loaded<Data> }>();
  const [round, setRound] = useState(0);

  useEffect(() => {
    const aborted = new AbortController();
    function reload(): void {
      setRound((count) => count + 1);
    }
    load(aborted.signal).then(
      (data) => setState({ key, loaded: { kind: 'ready', data, reload } }),
      (error: unknown) => {
        if (aborted.signal.aborted) return;
        setState((before) =>
          before?.key === key && before.loaded.kind === 'ready'
            ? before
            : { key, loaded: { kind: 'failed', error, retry: reload } },
        );
      },
    );
    return () => aborted.abort();
  }, [key, pulse, round]);

  return state?.key === key ? state.loaded : { kind: 'loading' };
}

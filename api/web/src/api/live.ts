import { useEffect, useState } from 'preact/hooks';

import type { LiveState } from '../../../src/http/schemas/live.ts';
import { restAddress, send } from './request.ts';

/** Pages that change more often than this flicker rather than inform. */
const LEAST_REST_MS = 1500;
const RECONNECT_MS = 3000;

export interface Live {
  readonly isConnected: boolean;
  readonly state?: LiveState;
  /** Goes up each time that something changed: what was loaded before is old. */
  readonly pulse: number;
}

/**
 * Listens to the server's events for as long as the tab is visible. Read by hand rather than by `EventSource`,
 * which cannot send a token.
 */
export function useLive(project: string | undefined): Live {
  const [live, setLive] = useState<Live>({ isConnected: false, pulse: 0 });

  useEffect(() => {
    const aborted = new AbortController();
    async function listen(): Promise<void> {
      while (!aborted.signal.aborted) {
        try {
          await readEvents(project, aborted.signal, (state) =>
            setLive(({ pulse, state: before }) => ({
              isConnected: true,
              state,
              // The first word says how things stand, not that they changed.
              pulse: before === undefined ? pulse : pulse + 1,
            })),
          );
        } catch {
          // Said by the indicator; what cannot be loaded says so itself.
        }
        if (aborted.signal.aborted) return;
        setLive((before) => ({ ...before, isConnected: false }));
        await rest(RECONNECT_MS);
      }
    }
    void listen();
    return () => aborted.abort();
  }, [project]);

  return live;
}

async function readEvents(
  project: string | undefined,
  signal: AbortSignal,
  tell: (state: LiveState) => void,
): Promise<void> {
  const answer = await send(restAddress('/events', { project }), { signal });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  let text = '';
  let newest: LiveState | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  function tellSoon(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (newest !== undefined && !signal.aborted) tell(newest);
    }, LEAST_REST_MS);
  }
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (text + value).split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data === undefined) continue;
      const isFirst = newest === undefined;
      newest = JSON.parse(data) as LiveState;
      if (isFirst) tell(newest);
      else tellSoon();
    }
  }
}

async function rest(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

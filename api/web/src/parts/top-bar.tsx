import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Live } from '../api/live.ts';
import { useBrowsing } from '../browsing.ts';
import type { Route } from '../routing.ts';
import { nextTheme, readTheme, type Theme } from '../theme.ts';

const PAGES = [
  { page: 'overview', title: 'Overview', holds: ['overview', 'flow', 'step', 'attempt'] },
  { page: 'suggestions', title: 'Suggestions', holds: ['suggestions'] },
  { page: 'savings', title: 'Savings', holds: ['savings'] },
  { page: 'policies', title: 'Policies', holds: ['policies'] },
  { page: 'tokens', title: 'Tokens', holds: ['tokens'] },
  { page: 'system', title: 'System', holds: ['system'] },
] as const;

const THEME_SIGNS: Readonly<Record<Theme, string>> = { system: '◐', light: '☀', dark: '☾' };

/** Where one can go, whether it is live, and what waits to be decided. */
export function TopBar({
  live,
  waiting = 0,
  onHelp,
}: {
  readonly live: Live;
  readonly waiting?: number;
  readonly onHelp: () => void;
}): JSX.Element {
  const { route, address } = useBrowsing();
  const [theme, setTheme] = useState(readTheme());
  return (
    <header class="top">
      <div class="top-row">
        <a class="brand" href={address({ page: 'overview' })} aria-label="StepFit, overview">
          <img src="/icon.svg" alt="" />
          <span>StepFit</span>
        </a>
        <nav aria-label="Pages">
          {PAGES.map(({ page, title, holds }) => (
            <a
              key={page}
              href={address({ page })}
              {...(holds.some((name: Route['page']) => name === route.page) && {
                'aria-current': 'page',
              })}
            >
              {title}
              {page === 'suggestions' && waiting > 0 && (
                <span class="count" title={`${waiting} wait for a decision`}>
                  {waiting}
                </span>
              )}
            </a>
          ))}
        </nav>
        <LiveSign live={live} />
        <button
          type="button"
          class="plain"
          title={`Theme: ${theme}`}
          aria-label={`Theme: ${theme}; change`}
          onClick={() => setTheme(nextTheme())}
        >
          {THEME_SIGNS[theme]}
        </button>
        <button
          type="button"
          class="plain"
          aria-label="Keys and words"
          title="Keys and words"
          onClick={onHelp}
        >
          <kbd>?</kbd>
        </button>
      </div>
    </header>
  );
}

function LiveSign({ live }: { readonly live: Live }): JSX.Element {
  const running = live.state?.running ?? 0;
  const words = running > 0 ? `${running} running` : 'live';
  const state = live.isConnected ? (running > 0 ? 'busy' : 'on') : '';
  return (
    <span class="live" role="status" title={live.isConnected ? words : 'not connected'}>
      <i class={`dot ${state}`} aria-hidden="true" />
      <span>{live.isConnected ? words : 'offline'}</span>
    </span>
  );
}

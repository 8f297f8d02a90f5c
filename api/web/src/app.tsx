import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { AccessView } from '../../src/http/schemas/tokens.ts';
import { AccessProvider } from './access.ts';
import { type Live, useLive } from './api/live.ts';
import { hasToken, RequestProblem } from './api/request.ts';
import { readSystem } from './api/rest.ts';
import { readAccess } from './api/tokens.ts';
import { type Loaded, useData } from './api/use-data.ts';
import { BrowsingProvider, useAddressBar } from './browsing.ts';
import { useKeys } from './keys.ts';
import { AttemptPage } from './pages/attempt.tsx';
import { FlowPage } from './pages/flow.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { PoliciesPage } from './pages/policies.tsx';
import { SavingsPage } from './pages/savings.tsx';
import { StepPage } from './pages/step.tsx';
import { SuggestionsPage } from './pages/suggestions.tsx';
import { SystemPage } from './pages/system.tsx';
import { TokensPage } from './pages/tokens.tsx';
import { Help } from './parts/help.tsx';
import { Empty } from './parts/states.tsx';
import { ToastProvider } from './parts/toast.tsx';
import { TokenGate } from './parts/token-gate.tsx';
import { TopBar } from './parts/top-bar.tsx';
import type { Route } from './routing.ts';

/** The dashboard: the frame, and the page that the address names. */
export function App(): JSX.Element {
  const browsing = useAddressBar();
  const { project } = browsing.filters;
  const live = useLive(project);
  const system = useData(`system ${project}`, (signal) => readSystem(project, signal), live.pulse);
  const access = useData('access', readAccess);
  const [isHelping, setHelping] = useState(false);
  useKeys({ '?': () => setHelping(true) });
  useTitle(browsing.route);

  // Who may see one project alone need not name it.
  const onlyProject = access.kind === 'ready' ? access.data.project : undefined;
  const isElsewhere = onlyProject !== undefined && project === undefined;
  useEffect(() => {
    if (isElsewhere) browsing.filter({ project: onlyProject });
  }, [isElsewhere]);

  const locked = whyLocked(access);
  return (
    <BrowsingProvider value={browsing}>
      <AccessProvider value={access.kind === 'ready' ? access.data : { kind: 'open' }}>
        <ToastProvider>
          <a class="skip-link" href="#main">
            Skip to content
          </a>
          <TopBar
            live={live}
            {...(system.kind === 'ready' && { waiting: system.data.steps.withSuggestion })}
            onHelp={() => setHelping(true)}
          />
          <main id="main" tabIndex={-1}>
            {locked !== undefined && <TokenGate reason={locked} />}
            {locked === undefined && !isElsewhere && <Page route={browsing.route} live={live} />}
          </main>
          {isHelping && <Help onClose={() => setHelping(false)} />}
        </ToastProvider>
      </AccessProvider>
    </BrowsingProvider>
  );
}

/** What keeps the page from being shown; undefined where nothing is known to. */
function whyLocked(access: Loaded<AccessView>): 'none' | 'refused' | 'ingest' | undefined {
  if (access.kind === 'ready') return access.data.role === 'ingest' ? 'ingest' : undefined;
  if (access.kind === 'loading' || !(access.error instanceof RequestProblem)) return undefined;
  if (access.error.status !== 401) return undefined;
  return hasToken() ? 'refused' : 'none';
}

function Page({ route, live }: { readonly route: Route; readonly live: Live }): JSX.Element {
  const { pulse } = live;
  switch (route.page) {
    case 'overview':
      return <OverviewPage pulse={pulse} />;
    case 'flow':
      return <FlowPage key={route.flow} flow={route.flow} pulse={pulse} />;
    case 'step':
      return <StepPage key={`${route.flow}/${route.step}`} name={route} pulse={pulse} />;
    case 'attempt':
      return <AttemptPage key={route.attemptId} attemptId={route.attemptId} pulse={pulse} />;
    case 'suggestions':
      return <SuggestionsPage pulse={pulse} />;
    case 'savings':
      return <SavingsPage pulse={pulse} />;
    case 'policies':
      return <PoliciesPage />;
    case 'tokens':
      return <TokensPage />;
    case 'system':
      return <SystemPage live={live} />;
    case 'unknown':
      return (
        <Empty title="There is no such page">
          <p>
            <code>{route.path}</code> is not a page of the dashboard.{' '}
            <a href="/">To the overview</a>
          </p>
        </Empty>
      );
  }
}

/** The title of the tab, and the focus at the top of a page that was gone to. */
function useTitle(route: Route): void {
  const first = useRef(true);
  const title = titleOf(route);
  useEffect(() => {
    document.title = `${title} · StepFit`;
    if (!first.current) document.getElementById('main')?.focus({ preventScroll: true });
    first.current = false;
  }, [title]);
}

function titleOf(route: Route): string {
  if (route.page === 'flow') return route.flow;
  if (route.page === 'step') return `${route.flow}/${route.step}`;
  return route.page.charAt(0).toUpperCase() + route.page.slice(1);
}

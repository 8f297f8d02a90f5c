import type { ComponentChildren, JSX } from 'preact';

import { RequestProblem } from '../api/request.ts';
import type { Loaded } from '../api/use-data.ts';

/** What is on its way, in the shape of what will be there. */
export function Loading({ lines = 6 }: { readonly lines?: number }): JSX.Element {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} class="bone" />
      ))}
    </div>
  );
}

/** What went wrong, in the server's words, and what to do. */
function Failure({
  error,
  retry,
}: {
  readonly error: unknown;
  readonly retry: () => void;
}): JSX.Element {
  const isProblem = error instanceof RequestProblem;
  const isGone = isProblem && error.status === 404;
  return (
    <div class="notice failure" role="alert">
      <h2>{isGone ? 'Nothing of that name' : 'This could not be loaded'}</h2>
      <p>{isProblem ? error.message : 'The server does not answer.'}</p>
      <p class="quiet">
        {isProblem
          ? error.hint
          : 'Is `stepfit serve` running? `stepfit doctor` says what is wrong.'}
      </p>
      {!isGone && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Nothing to show, and what would change that. */
export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="notice empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** A part of a page that has to be loaded. */
export function Load<Data>({
  loaded,
  lines,
  children,
}: {
  readonly loaded: Loaded<Data>;
  readonly lines?: number;
  readonly children: (data: Data, reload: () => void) => ComponentChildren;
}): JSX.Element {
  if (loaded.kind === 'loading') return <Loading {...(lines !== undefined && { lines })} />;
  if (loaded.kind === 'failed') return <Failure error={loaded.error} retry={loaded.retry} />;
  return <>{children(loaded.data, loaded.reload)}</>;
}

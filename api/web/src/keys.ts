import { useEffect, useState } from 'preact/hooks';

/** What a key does on a page; the same table fills the help. */
export type Keys = Readonly<Record<string, () => void>>;

/** Calls what a key stands for, unless somebody is typing or a dialog is open. */
export function useKeys(keys: Keys): void {
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('dialog[open]') !== null) return;
      const action = keys[event.key];
      if (action === undefined) return;
      event.preventDefault();
      action();
    }
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['checkbox', 'range'].includes(target.type);
  return target.matches('textarea, select, [contenteditable]');
}

export interface Chosen {
  readonly index: number;
  readonly choose: (index: number) => void;
  /** `j` and `k`. */
  readonly keys: Keys;
}

/** The chosen row of a list of `count`; -1 until one is. */
export function useChosen(count: number): Chosen {
  const [index, setIndex] = useState(-1);
  const held = Math.min(index, count - 1);
  function move(by: number): void {
    const next = Math.min(Math.max(held + by, 0), count - 1);
    setIndex(next);
    document.querySelectorAll('[data-row]')[next]?.scrollIntoView({ block: 'nearest' });
  }
  return { index: held, choose: setIndex, keys: { j: () => move(1), k: () => move(-1) } };
}

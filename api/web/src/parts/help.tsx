import type { JSX } from 'preact';

import { Modal } from './modal.tsx';
import { GLOSSARY } from './term.tsx';

const KEYS: readonly (readonly [string, string])[] = [
  ['j / k', 'next and previous row'],
  ['Enter', 'open the row'],
  ['x', 'mark a suggestion, to decide on several at once'],
  ['h', 'the history of a suggestion'],
  ['a', 'accept'],
  ['d', 'dismiss, with a reason'],
  ['s', 'snooze, with a reason'],
  ['?', 'this help'],
];

/** Every key and every word of the trade. */
export function Help({ onClose }: { readonly onClose: () => void }): JSX.Element {
  return (
    <Modal title="Keys and words" onClose={onClose}>
      <div class="stack">
        <dl class="facts">
          {KEYS.map(([key, what]) => (
            <>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </>
          ))}
        </dl>
        <dl class="facts">
          {Object.entries(GLOSSARY).map(([word, meaning]) => (
            <>
              <dt>{word}</dt>
              <dd>{meaning}</dd>
            </>
          ))}
        </dl>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </div>
    </Modal>
  );
}

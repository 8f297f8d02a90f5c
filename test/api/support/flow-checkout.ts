import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Asks for 16 GB in line 13. */
const FLOW = `from metaflow import FlowSpec, resources, step


class TrainFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.load)

    @step
    def load(self):
        self.next(self.train)

    @resources(cpu=8, memory=16000)
    @step
    def train(self):
        self.next(self.end)

    @step
    def end(self):
        pass
`;

/** A clone of a repository with a flow, and the bare repository beside it. */
export interface FlowCheckout {
  readonly folder: string;
  git(...args: readonly string[]): string;
  read(name: string): string;
  write(name: string, text: string): void;
  remove(): void;
}

/** `train.py` with TrainFlow on `main`, pushed to `origin`. */
export function makeFlowCheckout(): FlowCheckout {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'stepfit-checkout-')));
  const folder = join(root, 'work');
  function git(...args: readonly string[]): string {
    return execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();
  }
  execFileSync('git', ['init', '--quiet', '--bare', '-b', 'main', 'remote.git'], { cwd: root });
  mkdirSync(folder);
  git('init', '--quiet', '-b', 'main');
  git('config', 'user.name', 'Ada');
  git('config', 'user.email', 'ada@example.org');
  git('remote', 'add', 'origin', join(root, 'remote.git'));
  writeFileSync(join(folder, 'train.py'), FLOW);
  git('add', '.');
  git('commit', '--quiet', '-m', 'A flow');
  git('push', '--quiet', 'origin', 'main');
  return {
    folder,
    git,
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    write(name, text) {
      writeFileSync(join(folder, name), text);
    },
    remove() {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

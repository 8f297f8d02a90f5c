import { runProgram } from '@stepfit/api/cli/run-program';

import type { CliRequest, CliResult } from './run-cli.ts';

/**
 * The command line in a process that stays: everything is loaded once, then each request is a command with
 * arguments, environment and folder of its own.
 */
process.on('message', (request: CliRequest) => {
  void run(request).then((result) => process.send?.(result));
});
process.once('disconnect', () => process.exit());

async function run({ args, env, cwd }: CliRequest): Promise<CliResult> {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.exitCode = undefined;
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)];
  try {
    await runProgram([process.execPath, 'stepfit', ...args]);
  } finally {
    stdout.end();
    stderr.end();
  }
  return { code: Number(process.exitCode ?? 0), stdout: stdout.text(), stderr: stderr.text() };
}

/** What is written to a stream from now on, instead of to where it leads. */
function capture(stream: NodeJS.WriteStream): { text(): string; end(): void } {
  const chunks: string[] = [];
  const write = stream.write.bind(stream);
  stream.write = (chunk: string | Uint8Array) => {
    chunks.push(String(chunk));
    return true;
  };
  return {
    text: () => chunks.join(''),
    end() {
      stream.write = write;
      stream.removeAllListeners('error');
    },
  };
}

import { appendFileSync } from 'node:fs';

export type Say = (text: string) => void;

/**
 * A log for finding out why nothing arrives: each text once, into a file. Without a file nothing is written
 * anywhere: the program's own output is not ours.
 */
export function sayOnce(logFile: string | undefined): Say {
  const said = new Set<string>();
  return (text) => {
    if (logFile === undefined || said.has(text)) return;
    said.add(text);
    try {
      appendFileSync(logFile, `${new Date().toISOString()} ${process.pid} ${text}\n`);
    } catch {
      // A log that cannot be written must not cost more than itself.
    }
  };
}

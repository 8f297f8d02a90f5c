import type { Logger } from '@stepfit/collector/logging/logger';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** A log that keeps its lines, for tests of what is said and how often. */
export function recordingLog(): Logger & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  function recorder(level: LogLine['level']): (fields: object, message: string) => void {
    return (fields, message) => {
      lines.push({ level, fields, message });
    };
  }
  return {
    lines,
    debug: recorder('debug'),
    info: recorder('info'),
    warn: recorder('warn'),
    error: recorder('error'),
  };
}

/** Clock ticks in a second: 100 on every architecture that Linux shows user space (`USER_HZ`). */
export const TICKS_PER_SECOND = 100;

export interface ProcStat {
  readonly pid: number;
  readonly state: string;
  readonly parentPid: number;
  readonly processGroup: number;
  /** Foreground process group of the controlling terminal; -1 without one. */
  readonly terminalGroup: number;
  /** Seconds, of this process and of the children it has waited for. */
  readonly userS: number;
  readonly systemS: number;
  /** Of the children it has waited for alone. */
  readonly waitedUserS: number;
  readonly waitedSystemS: number;
  readonly startedTicks: number;
  readonly threads: number;
  /** Page faults and resident pages: memory that grew, if only for a moment, shows in them. */
  readonly pages: string;
}

/**
 * `/proc/PID/stat` (proc_pid_stat(5)). The command's name may hold spaces and parentheses.
 * `undefined` where the text is no such file.
 */
export function parseStat(text: string): ProcStat | undefined {
  const nameEnd = text.lastIndexOf(')');
  if (nameEnd < 0) return undefined;
  const fields = text.slice(nameEnd + 2).split(' ');
  const [userTicks, systemTicks, waitedUserTicks, waitedSystemTicks] = [11, 12, 13, 14].map((at) =>
    Number(fields[at]),
  );
  const startedTicks = Number(fields[19]);
  if (
    userTicks === undefined ||
    systemTicks === undefined ||
    waitedUserTicks === undefined ||
    waitedSystemTicks === undefined ||
    !Number.isFinite(startedTicks)
  ) {
    return undefined;
  }
  return {
    pid: Number.parseInt(text, 10),
    state: fields[0] ?? '?',
    parentPid: Number(fields[1]),
    processGroup: Number(fields[2]),
    terminalGroup: Number(fields[5]),
    userS: (userTicks + waitedUserTicks) / TICKS_PER_SECOND,
    systemS: (systemTicks + waitedSystemTicks) / TICKS_PER_SECOND,
    waitedUserS: waitedUserTicks / TICKS_PER_SECOND,
    waitedSystemS: waitedSystemTicks / TICKS_PER_SECOND,
    startedTicks,
    threads: Number(fields[17]),
    pages: [fields[7], fields[9], fields[21]].join(' '),
  };
}

/** The value of a `Name:   123 kB` line of `/proc/PID/status` or `smaps_rollup`, in bytes. */
export function parseKib(text: string, name: string): number | undefined {
  const start = text.startsWith(`${name}:`) ? 0 : text.indexOf(`\n${name}:`) + 1;
  if (start === 0 && !text.startsWith(`${name}:`)) return undefined;
  const kib = Number.parseInt(text.slice(start + name.length + 1, start + name.length + 32), 10);
  return Number.isNaN(kib) ? undefined : kib * 1024;
}

/** A set of signals of `/proc/PID/status`, such as `SigIgn`, as their numbers. */
export function parseSignalSet(text: string, name: string): readonly number[] {
  const mask = new RegExp(`^${name}:\\s*([0-9a-f]+)`, 'm').exec(text)?.[1];
  if (mask === undefined) return [];
  const bits = BigInt(`0x${mask}`);
  return Array.from({ length: 64 }, (_, at) => at + 1).filter(
    (signal) => (bits >> BigInt(signal - 1)) & 1n,
  );
}

/** `/proc/PID/io`: bytes read from storage and written to it, by waited-for children too. */
export function parseIo(text: string): { readBytes: number; writeBytes: number } | undefined {
  const read = /^read_bytes: (\d+)$/m.exec(text)?.[1];
  const written = /^write_bytes: (\d+)$/m.exec(text)?.[1];
  if (read === undefined || written === undefined) return undefined;
  return { readBytes: Number(read), writeBytes: Number(written) };
}

/**
 * Seconds that a thread was ready to run while others had the cores: the second field of
 * `/proc/PID/task/TID/schedstat`, in nanoseconds (Linux, Documentation/scheduler/sched-stats.rst).
 */
export function parseSchedstat(text: string): number | undefined {
  const nanoseconds = Number(text.split(' ')[1]);
  return Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : undefined;
}

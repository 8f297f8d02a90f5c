/**
 * Values of `cpu.mode` that are not use of a core: waiting for a disk keeps no core busy. Every other value,
 * and none at all, counts.
 */
const IDLE_CPU_MODES: readonly string[] = ['idle', 'wait', 'iowait', 'steal'];

export function isIdleCpuMode(mode: string): boolean {
  return IDLE_CPU_MODES.includes(mode);
}

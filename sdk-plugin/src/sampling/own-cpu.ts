/** Node 23.9 has it, and this runs on older ones too. */
const mayTellOfThreads: Partial<Pick<NodeJS.Process, 'threadCpuUsage'>> = process;

/**
 * Processor time that this thread has taken, in milliseconds; of the whole process where Node does not tell threads
 * apart. Not the time on the clock: on a busy machine most of that is spent waiting for a core.
 */
export function ownCpuMs(): number {
  const { user, system } = mayTellOfThreads.threadCpuUsage?.() ?? process.cpuUsage();
  return (user + system) / 1000;
}

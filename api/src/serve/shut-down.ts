import type { Logger } from '@stepfit/collector/logging/logger';

/** A part of the server that ends in its turn. */
export interface ShutdownPhase {
  readonly name: string;
  readonly timeoutMs: number;
  readonly run: () => Promise<unknown>;
}

/**
 * Runs the phases one after the other. One that fails or takes too long is logged and left behind, so that
 * the ones after it, above all closing the store, still happen.
 */
export async function shutDown(phases: readonly ShutdownPhase[], log: Logger): Promise<void> {
  for (const phase of phases) {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<'timeout'>((resolve) => {
      timer = setTimeout(() => {
        resolve('timeout');
      }, phase.timeoutMs);
    });
    try {
      const result = await Promise.race([phase.run(), timeout]);
      if (result === 'timeout') {
        log.warn({ phase: phase.name, timeoutMs: phase.timeoutMs }, 'shutdown phase took too long');
      }
    } catch (error) {
      log.error({ err: error, phase: phase.name }, 'shutdown phase failed');
    } finally {
      clearTimeout(timer);
    }
  }
}

import type { Logger } from '@stepfit/collector/logging/logger';

/** For what logs nothing that a test looks at. */
export const silentLog: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * What the collector asks of a logger: the part of pino's `Logger` that it uses, so that a test can pass a
 * recording one. Messages are fixed strings; whatever varies goes into the fields.
 */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  /** A person must act. */
  error(fields: object, message: string): void;
}

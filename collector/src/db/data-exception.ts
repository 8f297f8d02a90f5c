/**
 * Whether PostgreSQL refused the data itself (SQLSTATE class 22, data exception, or 23, constraint): sending
 * the same again would fail the same way. The shape of the error is the same from both drivers.
 */
export function isDataException(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code));
}

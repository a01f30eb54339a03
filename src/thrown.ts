/** What is known of an error that somebody else made. */

/** `ENOENT`, `ERR_TLS_CERT_ALTNAME_INVALID`: as Node and its libraries give it. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The source of requests that name none. */
export const DEFAULT_SOURCE = 'default';

/** The sources that are to be told apart. Without tokens all senders are one. */
export function sourcesOf(tokens: ReadonlyMap<string, unknown> | undefined): readonly string[] {
  return tokens === undefined || tokens.size === 0 ? [DEFAULT_SOURCE] : [...tokens.keys()];
}

/** A source stands in paths, metrics and logs: letters, digits, `.`, `_`, `-`, at most 64. */
export function isSourceName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}

/** What became of the arguments of a command. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  /** What is wrong with them, as a sentence. */
  | { readonly ok: false; readonly fault: string };

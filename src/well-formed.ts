declare global {
  /** Of ES2024: Node has it since 20, the library of ES2023 does not know it yet. */
  interface String {
    toWellFormed(): string;
  }
}

/**
 * Lone surrogates become U+FFFD. They have no UTF-8 form: one would make two ids out of one once that is written and read
 * back, and some backends refuse a whole batch for one.
 */
export function wellFormed(text: string): string {
  return text.toWellFormed();
}

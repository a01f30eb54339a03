/** Keeps the values of labels few and short: they come from senders and backends, and each new one is a new series. */
import { clip } from '../spans/text.ts';

export type Labels = Readonly<Record<string, string>>;

/** Stands for every value beyond the cap. */
export const OTHER = '_other';

/** Characters of one value. A longer one is a text in disguise. */
export const MAX_VALUE = 128;

/**
 * What is kept for a set of labels. A value that is not known is the empty one. `spelling` is a text for the set that no
 * other has; where there is but one label, its value saves writing one.
 */
export type Labelled<T> = (labels: Readonly<Record<string, string | undefined>>, spelling?: string) => T;

/** Sets as they come that are remembered, for each one that is let through: to tidy a set takes microseconds. */
const SPELLINGS = 4;
/** Characters of one that is remembered. */
const MAX_SPELLING = 1024;

/**
 * Makes something for each of the first `max` different sets, and one thing for all further ones: their values all become
 * {@link OTHER}, so that sums over all series stay right. The labels always come in the same order.
 */
export function createLabelled<T>(max: number, make: (labels: Labels) => T): Labelled<T> {
  /** By the set as it is written, and by the set as it comes. */
  const made = new Map<string, T>();
  const spelled = new Map<string, T>();
  let other: T | undefined;

  function find(entries: readonly [string, string][]): T {
    const labels = Object.fromEntries(entries);
    const key = JSON.stringify(labels);
    const known = made.get(key);
    if (known !== undefined) return known;
    if (made.size < max) {
      const first = make(labels);
      made.set(key, first);
      return first;
    }
    other ??= make(Object.fromEntries(entries.map(([name]) => [name, OTHER])));
    return other;
  }

  return (labels, spelling = JSON.stringify(labels)) => {
    const known = spelled.get(spelling);
    if (known !== undefined) return known;
    const found = find(Object.entries(labels).map(([name, value]) => [name, tidy(value)]));
    if (spelled.size < SPELLINGS * max && spelling.length <= MAX_SPELLING) spelled.set(spelling, found);
    return found;
  };
}

/** On one line, as CrewAI's YAML files do not leave it; no half characters, or two values could be one once written. */
function tidy(value: string | undefined): string {
  return clip(
    (value ?? '')
      .slice(0, 4 * MAX_VALUE)
      .replaceAll(/[\s\p{Cc}]+/gu, ' ')
      .trim(),
    MAX_VALUE,
  );
}

/** Keeps the values of labels few and short: they come from senders and backends, and each new one is a new series. */
import { clip } from '../spans/text.ts';

export type Labels = Readonly<Record<string, string>>;

/** Stands for every value beyond the cap. */
export const OTHER = '_other';

/** Characters of one value. A longer one is a text in disguise. */
export const MAX_VALUE = 128;

/** Bounds a set of labels: the same set in, the same set out. A value that is not known is the empty one. */
export type LabelCap = (labels: Readonly<Record<string, string | undefined>>) => Labels;

/**
 * Lets through the first `max` different sets. All values of a further one become {@link OTHER}, so that sums over all
 * series stay right.
 */
export function createLabelCap(max: number): LabelCap {
  const known = new Set<string>();
  return labels => {
    const entries = Object.entries(labels).map(([name, value]): [string, string] => [name, tidy(value)]);
    const key = JSON.stringify(entries);
    if (!known.has(key)) {
      if (known.size >= max) return Object.fromEntries(entries.map(([name]) => [name, OTHER]));
      known.add(key);
    }
    return Object.fromEntries(entries);
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

/** What came shortly before, so that what is the same as that is not held twice. */

/** Compared one by one, so no more than the few that one body brings. */
const SIZE = 8;

/**
 * Answers the value that came before and is the same, where one of the last few is; else `keep` of the given one, which
 * then takes the place of the oldest.
 */
export function createRecent<T extends object>(
  isSame: (a: T, b: T) => boolean,
  keep: (value: T) => T,
): (value: T) => T {
  const recent: T[] = [];
  let last = SIZE - 1;
  return value => {
    // The last one first: it is the most likely one.
    for (let back = 0; back < SIZE; back++) {
      const known = recent[(last - back + SIZE) % SIZE];
      if (known !== undefined && isSame(known, value)) return known;
    }
    last = (last + 1) % SIZE;
    const kept = keep(value);
    recent[last] = kept;
    return kept;
  };
}

/** The candidate meant by a misspelt name, if one is near enough to say so: no more letters off than `allowed`. */
export function nearest(
  name: string,
  candidates: readonly string[],
  allowed = Math.max(2, Math.floor(name.length / 6)),
): string | undefined {
  const ranked = candidates
    .map(candidate => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= allowed ? best.candidate : undefined;
}

/** `what`: what is wrong with a name, without a full stop. */
export function didYouMean(what: string, meant: string): string {
  return `${what}: did you mean ${meant}?`;
}

/** Levenshtein's: letters inserted, left out or changed. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const change = (row[j] ?? 0) + (letter === b[j] ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

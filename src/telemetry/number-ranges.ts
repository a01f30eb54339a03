/**
 * A set of whole numbers that come mostly one after the other, kept as the ranges that they fill: ascending, never
 * touching. Every open execution has one: it is plain data, without functions of its own.
 */
export type NumberRanges = Range[];

interface Range {
  from: number;
  to: number;
}

/** Beyond `maxRanges` the narrowest gap is taken for filled: what is missing then counts as less, never as more. */
export function addNumber(ranges: NumberRanges, value: number, maxRanges: number): void {
  const last = ranges[ranges.length - 1];
  if (last !== undefined && value === last.to + 1) {
    last.to = value;
    return;
  }
  const at = find(ranges, value);
  const range = ranges[at];
  if (range === undefined || range.from > value + 1) {
    ranges.splice(at, 0, { from: value, to: value });
    if (ranges.length > maxRanges) join(ranges, narrowestGap(ranges));
    return;
  }
  range.from = Math.min(range.from, value);
  range.to = Math.max(range.to, value);
  if (ranges[at + 1]?.from === range.to + 1) join(ranges, at);
}

/**
 * How many numbers from `low` to `high` are not in the set. A gap wider than `widest` counts nothing.
 */
export function countMissing(ranges: NumberRanges, low: number, high: number, widest: number): number {
  let missing = 0;
  let next = low;
  for (const { from, to } of [...ranges, { from: high + 1, to: high + 1 }]) {
    const gap = Math.min(from, high + 1) - next;
    if (gap > 0 && gap <= widest) missing += gap;
    next = Math.max(next, to + 1);
  }
  return missing;
}

/** The first range that ends at `value - 1` or later. */
function find(ranges: NumberRanges, value: number): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.to ?? Number.POSITIVE_INFINITY) < value - 1) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Joins a range with the one behind it, whatever lies between. */
function join(ranges: NumberRanges, index: number): void {
  const [range, next] = [ranges[index], ranges[index + 1]];
  if (range === undefined || next === undefined) return;
  range.to = next.to;
  ranges.splice(index + 1, 1);
}

function narrowestGap(ranges: NumberRanges): number {
  let [narrowest, at] = [Number.POSITIVE_INFINITY, 0];
  for (let index = 0; index + 1 < ranges.length; index += 1) {
    const width = (ranges[index + 1]?.from ?? 0) - (ranges[index]?.to ?? 0);
    if (width < narrowest) [narrowest, at] = [width, index];
  }
  return at;
}

/** The ratios of an earlier run, and what has become worse since. */
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('baseline.json', import.meta.url);
/** So much worse is noise. */
const TOLERANCE = 0.15;

export function saveBaseline(ratios) {
  const rounded = Object.fromEntries(Object.entries(ratios).map(([name, ratio]) => [name, Number(ratio.toFixed(2))]));
  writeFileSync(FILE, `${JSON.stringify(rounded, null, 2)}\n`);
}

/** A line for each ratio that is worse than the stored one by more than {@link TOLERANCE}, or is not there any more. */
export function findRegressions(ratios, stored = JSON.parse(readFileSync(FILE, 'utf8'))) {
  return Object.entries(stored).flatMap(([name, before]) => {
    const now = ratios[name];
    if (now === undefined) return [`${name}: not measured`];
    return now > before * (1 + TOLERANCE) ? [`${name}: ${now.toFixed(2)}, was ${before}`] : [];
  });
}

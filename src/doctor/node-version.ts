import { type Finding, fault, fine } from './finding.ts';

/** `running` as `process.versions.node` has it, `needed` as `engines.node` of package.json: `>=20.19`. */
export function checkNode(running: string, needed: string): Finding {
  const facts = { version: running, needed };
  const summary = `Node ${running}, ${needed} is needed`;
  if (!isOlder(partsOf(running), partsOf(needed))) return fine('node.version', summary, facts);
  const advice = `Install a Node of version ${needed}; crewspan is tested with 20 and 24.`;
  return fault('node.old', summary, advice, facts);
}

function partsOf(version: string): readonly number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number);
}

function isOlder(one: readonly number[], other: readonly number[]): boolean {
  for (const [index, part] of other.entries()) {
    const difference = (one[index] ?? 0) - part;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

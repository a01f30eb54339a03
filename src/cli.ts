#!/usr/bin/env node
/** Where the program starts. A Node that is too old cannot even read the rest, and is told to be just that. */
import { checkNode } from './doctor/node-version.ts';
import type { ErrorCode } from './errors.ts';
import { NEEDED_NODE } from './version.ts';

const CODE: ErrorCode = 'CREWSPAN_NODE';

try {
  await import('./main.ts');
} catch (error) {
  const node = checkNode(process.versions.node, NEEDED_NODE);
  if (node.status === 'ok') throw error;
  process.stderr.write(`crewspan: ${node.summary}. ${node.advice} (${CODE})\n`);
  process.exitCode = 1;
}

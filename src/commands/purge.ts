/** `crewspan purge`: removes from the store what lies in it of an execution, or what is older than a while. */
import { age } from '../config/quantities.ts';
import type { Settings } from '../config.ts';
import { accessStore } from '../control/access.ts';
import type { PurgeReport, PurgeRequest } from '../control/purge.ts';
import { createLog } from '../log.ts';
import type { ArgumentsReading, Flags } from './arguments.ts';

export function readPurgeRequest(flags: Flags, now = Date.now()): ArgumentsReading<PurgeRequest> {
  const { execution, source, 'older-than': olderThan, undelivered = false, 'dry-run': dryRun = false } = flags;
  if ((execution === undefined) === (olderThan === undefined)) {
    return { ok: false, fault: 'purge takes either --execution ID or --older-than DURATION.' };
  }
  if (olderThan === undefined) {
    if (undelivered)
      return { ok: false, fault: '--undelivered goes with --older-than; --execution removes all of a run anyway.' };
    if (execution === undefined || execution === '') return { ok: false, fault: '--execution takes an id.' };
    return { ok: true, value: { executionId: execution, source, dryRun } };
  }
  if (source !== undefined) return { ok: false, fault: '--source goes with --execution.' };
  const reading = age(olderThan);
  if ('fault' in reading) return { ok: false, fault: `--older-than ${reading.fault}.` };
  return { ok: true, value: { before: now - reading.value, undelivered, dryRun } };
}

/** Prints what was removed. */
export async function purge({ dataDir }: Settings, request: PurgeRequest, print: (text: string) => void) {
  const { operations, held, close } = await accessStore(dataDir, createLog({ level: 'warn' }));
  let erased = false;
  try {
    const report = await operations.purge(request);
    erased = !request.dryRun && !isNothing(report);
    for (const line of describePurge(report, request.dryRun)) print(line);
    if (erased && held)
      print('crewspan is running: removed data may stay in free space of its file until it is restarted.');
  } finally {
    await close(erased);
  }
}

const isNothing = ({ spans, deadLetters, events, bodies, remembered = 0 }: PurgeReport): boolean =>
  spans + deadLetters + events + bodies + remembered === 0;

function describePurge(report: PurgeReport, dryRun: boolean): string[] {
  const { spans, deadLetters, events, remembered, heldBodies } = report;
  const parts = [
    counted(events, 'event', 'events'),
    counted(spans, 'undelivered span', 'undelivered spans'),
    counted(deadLetters, 'dead letter', 'dead letters'),
    remembered === undefined
      ? 'what is remembered of finished operations (not counted)'
      : counted(remembered, 'record of finished operations', 'records of finished operations'),
  ];
  const lines = [`${dryRun ? 'Would remove' : 'Removed'} ${parts.join(', ')}.`];
  if (heldBodies > 0) {
    const requests = counted(heldBodies, 'request', 'requests');
    lines.push(`${requests} of that age stay, because a running crewspan holds them. Stop it to purge them.`);
  }
  return lines;
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** `crewspan dead-letter`: looks at the spans that the backend refused for good, tries them again, or removes them. */
import type { Settings } from '../config.ts';
import { accessStore } from '../control/access.ts';
import type { Selection, StoreOperations } from '../control/operations.ts';
import type { DeadLetter } from '../journal/journal.ts';
import { createLog } from '../log.ts';
import type { ArgumentsReading, Flags } from './arguments.ts';
import { deadLetterLine, deadLetterRow, HEADINGS, table } from './dead-letter-text.ts';

type Task =
  | { readonly action: 'list'; readonly json: boolean }
  | { readonly action: 'retry' | 'drop'; readonly selection: Selection };

export function readDeadLetterTask(
  [action = 'list', ...keys]: readonly string[],
  { all = false, json = false }: Flags,
): ArgumentsReading<Task> {
  if (action === 'list') {
    const isPlain = keys.length === 0 && !all;
    return isPlain ? { ok: true, value: { action, json } } : fault('dead-letter list takes no keys.');
  }
  if (action !== 'retry' && action !== 'drop') return fault('dead-letter takes list, retry or drop.');
  if (json) return fault('--json goes with dead-letter list.');
  if (all === keys.length > 0) return fault(`dead-letter ${action} takes keys, as list shows them, or --all.`);
  if (all) return { ok: true, value: { action, selection: 'all' } };
  const selection = [...new Set(keys.map(Number))];
  const isKey = (key: number): boolean => Number.isSafeInteger(key) && key > 0;
  return selection.every(isKey) ? { ok: true, value: { action, selection } } : fault('A key is a whole number.');
}

const fault = (fault: string): ArgumentsReading<never> => ({ ok: false, fault });

/** Resolves to whether everything that was asked for was there. */
export async function runTask({ dataDir }: Settings, task: Task, print: (text: string) => void): Promise<boolean> {
  const { operations, close } = await accessStore(dataDir, createLog({ level: 'warn' }));
  let dropped = 0;
  try {
    if (task.action === 'list') {
      await list(operations, task.json, print);
      return true;
    }
    const { done, missing } = await operations[task.action](task.selection);
    dropped = task.action === 'drop' ? done : 0;
    const became = task.action === 'drop' ? 'removed' : 'put into the outbox again';
    print(`${done} dead ${done === 1 ? 'letter' : 'letters'} ${became}.`);
    if (missing.length > 0) print(`There is no dead letter ${missing.join(', ')}.`);
    return missing.length === 0;
  } finally {
    await close(dropped > 0);
  }
}

async function list(operations: StoreOperations, json: boolean, print: (text: string) => void): Promise<void> {
  const rows: string[][] = [];
  for await (const letter of all(operations)) {
    if (json) print(deadLetterLine(letter));
    else rows.push(deadLetterRow(letter));
  }
  if (json) return;
  print(rows.length === 0 ? 'There are no dead letters.' : table([HEADINGS, ...rows]));
}

async function* all(operations: StoreOperations): AsyncGenerator<DeadLetter> {
  for (let page = await operations.deadLetters(undefined); page.length > 0; ) {
    yield* page;
    page = await operations.deadLetters(page.at(-1)?.key);
  }
}

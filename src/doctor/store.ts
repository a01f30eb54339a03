/** The store in the data directory: who uses it, and whether what is there can be used. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CrewspanError } from '../errors.ts';
import { inspectStore } from '../journal/lmdb/inspect.ts';
import { STORE_FILE } from '../journal/lmdb/open.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

export interface StoreCheck {
  readonly directory: string;
  /** A running crewspan holds the lock. */
  readonly held: boolean;
  /** A crewspan answers at one of the ports of these settings; `unknown` where they are any free ones. */
  readonly answering: boolean | 'unknown';
}

export async function checkStore({ directory, held, answering }: StoreCheck): Promise<Finding> {
  if (held) return inUse(directory, answering);
  const file = join(directory, STORE_FILE);
  const existing = statSync(file, { throwIfNoEntry: false });
  if (existing === undefined) return fine('store.none', 'none yet; the first start makes it');
  // LMDB makes a missing lock file, and a service of another user could not open it then.
  if (!existsSync(`${file}-lock`) && existing.uid !== process.getuid?.()) {
    return fine('store.foreign', 'there is one of another user; it was not looked into');
  }
  try {
    const totals = await inspectStore(file);
    if (totals === undefined) return fine('store.empty', 'there, and nothing in it');
    const { bodies, undelivered, deadLetters } = totals;
    const summary = `can be read: ${bodies} bodies not finished, ${undelivered} spans not delivered, ${deadLetters} dead letters`;
    return fine('store.readable', summary, { bodies, undelivered, deadLetters });
  } catch (error) {
    if (error instanceof CrewspanError) return broken(error);
    throw error;
  }
}

function inUse(directory: string, answering: StoreCheck['answering']): Finding {
  if (answering === true) return fine('store.running', 'in use by the crewspan that runs; not looked into');
  if (answering === 'unknown') {
    const summary = `${directory} is in use by a crewspan that runs`;
    const advice = 'That is fine if it is the one you mean; a second one needs its own CREWSPAN_DATA_DIR.';
    return warning('store.held', summary, advice, { directory });
  }
  const summary = `${directory} is in use by a crewspan that does not listen at the ports of these settings`;
  const advice =
    'End it, or set CREWSPAN_DATA_DIR to a directory of its own. To check that one, give doctor its settings.';
  return fault('store.held', summary, advice, { directory });
}

/** The messages of these errors end with what to do. */
function broken({ code, message }: CrewspanError): Finding {
  const [, summary = message, advice = 'See docs/errors.md.'] = /^(.*?[:;].*?)\. (.*)$/s.exec(message) ?? [];
  return fault('store.broken', summary, advice, { error: code });
}

/** `crewspan serve`: receives webhooks until it is told to stop. */
import closeWithGrace from 'close-with-grace';
import type { Settings } from '../config.ts';
import { createStoreOperations } from '../control/operations.ts';
import { startControl } from '../control/server.ts';
import { openLmdbJournal } from '../journal/lmdb/open.ts';
import { createLog } from '../telemetry/log.ts';
import { quotaOf, startPipeline } from './pipeline.ts';

/** How long a stop may take, in milliseconds: what has settled by then is sent, the rest is not waited for. */
const STOP_DEADLINE_MS = 10_000;
/** Room to close what is left when the deadline of delivery has passed, in milliseconds. */
const CLOSING_MS = 2_000;

export async function serve(settings: Settings): Promise<void> {
  const log = createLog({ level: settings.log.level });
  for (const warning of settings.warnings) log.warn(warning);
  const journal = await openLmdbJournal({
    directory: settings.dataDir,
    ...quotaOf(settings),
    log,
    onBroken: error =>
      setImmediate(() => {
        throw error;
      }),
  });
  const pipeline = await startPipeline({ settings, log, journal });
  const operations = createStoreOperations({ journal, open: pipeline.service });
  const closeControl = await startControl({ directory: settings.dataDir, operations, log }).catch(async error => {
    await pipeline.stop(0);
    throw error;
  });
  log.info({ url: `${pipeline.address.url}/webhook`, backend: backendOf(settings) }, 'receiving webhooks');
  closeWithGrace({ delay: STOP_DEADLINE_MS + CLOSING_MS, logger: false }, async ({ err, signal }) => {
    if (err) log.error({ err }, 'stopping after an error that nobody caught');
    else log.info({ signal }, 'stopping');
    const open = pipeline.service.open();
    // Together: a command that is being answered is broken off by the end of the journal.
    const [delivered] = await Promise.all([pipeline.stop(STOP_DEADLINE_MS), closeControl()]);
    if (!delivered) log.warn('the backend has not taken all that had settled');
    log.info({ ...pipeline.service.counters(), open }, 'stopped');
  });
}

function backendOf({ delivery }: Settings): string {
  return delivery === undefined ? 'none' : `${delivery.endpoint.origin}${delivery.endpoint.pathname}`;
}

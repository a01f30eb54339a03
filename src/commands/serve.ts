/** `crewspan serve`: receives webhooks until it is told to stop. */
import closeWithGrace from 'close-with-grace';
import type { Settings } from '../config.ts';
import { createStoreOperations } from '../control/operations.ts';
import { startControl } from '../control/server.ts';
import type { Journal } from '../journal/journal.ts';
import { openLmdbJournal } from '../journal/lmdb/open.ts';
import { createLog, type Log } from '../log.ts';
import { limitInlining } from './inlining.ts';
import { type Pipeline, quotaOf, startPipeline } from './pipeline.ts';

/** Of the time that a stop may take, what is kept for closing when delivery has had its share, in milliseconds. */
const CLOSING_MS = 1_000;
/** After the time is over, a stop that hangs is ended, in milliseconds. */
const GRACE_MS = 2_000;
/**
 * Not to be handled. Most of them are raised by a fault in native code, as when a disk does not give back what is mapped
 * from it: a listener would make the process hang where it should end.
 */
const NOT_OURS: closeWithGrace.AllEvents[] = ['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGUSR2'];

/** What there is to stop so far. */
interface Running {
  pipeline?: Pipeline;
  closeControl?: () => Promise<void>;
  isStopping: boolean;
}

/**
 * Resolves when it receives webhooks and has taken up what an earlier run left; goes on until SIGTERM or SIGINT. Rejects
 * with a `CrewspanError` where it cannot start.
 */
export async function serve(settings: Settings): Promise<void> {
  limitInlining();
  const log = createLog({ level: settings.log.level });
  for (const warning of settings.warnings) log.warn(warning);
  const running: Running = { isStopping: false };
  const { uninstall } = stopOnSignal(running, settings, log);
  try {
    const journal = await openJournal(settings, log);
    const onListening = (pipeline: Pipeline): void => {
      running.pipeline = pipeline;
      log.info({ url: `${pipeline.address.url}/webhook`, backend: backendOf(settings) }, 'receiving webhooks');
    };
    const pipeline = await startPipeline({ settings, log, journal, onListening });
    const operations = createStoreOperations({ journal, open: pipeline.service });
    running.closeControl = await startControl({ directory: settings.dataDir, operations, log }).catch(async error => {
      await pipeline.stop(0);
      throw error;
    });
  } catch (error) {
    // The journal was closed under what was still being read from it.
    if (running.isStopping) return;
    uninstall();
    throw error;
  }
}

function openJournal(settings: Settings, log: Log): Promise<Journal> {
  return openLmdbJournal({
    directory: settings.dataDir,
    ...quotaOf(settings),
    log,
    onBroken: error =>
      setImmediate(() => {
        throw error;
      }),
  });
}

/** A second signal ends the process at once with 1, and so does an error that nobody caught: the journal stands either. */
function stopOnSignal(running: Running, { shutdownTimeoutMs }: Settings, log: Log) {
  return closeWithGrace(
    {
      delay: shutdownTimeoutMs + GRACE_MS,
      logger: false,
      skip: NOT_OURS,
      onSecondSignal: signal => log.warn({ signal }, 'told to stop a second time: exiting at once'),
      onSecondError: err => log.fatal({ err }, 'uncaught error while stopping'),
      onTimeout: () => log.error('stopping took too long: exiting now; what was accepted is in the journal'),
    },
    async ({ err, signal }) => {
      running.isStopping = true;
      if (err) log.fatal({ err }, 'exiting after an uncaught error; what was accepted is in the journal');
      else await stop(running, { shutdownTimeoutMs, signal, log });
    },
  );
}

interface Stop {
  readonly shutdownTimeoutMs: number;
  readonly signal: NodeJS.Signals | undefined;
  readonly log: Log;
}

async function stop({ pipeline, closeControl }: Running, { shutdownTimeoutMs, signal, log }: Stop): Promise<void> {
  log.info({ signal }, 'stopping');
  if (pipeline === undefined) return;
  const open = pipeline.service.open();
  const withinMs = Math.max(shutdownTimeoutMs - CLOSING_MS, shutdownTimeoutMs / 2);
  // Together: a command that is being answered is broken off by the end of the journal.
  const [delivered] = await Promise.all([pipeline.stop(withinMs), closeControl?.()]);
  if (!delivered) log.warn('the backend has not taken all that had settled; the next start sends it');
  log.info({ ...pipeline.service.counters(), open }, 'stopped');
}

function backendOf({ delivery }: Settings): string {
  return delivery === undefined ? 'none' : `${delivery.endpoint.origin}${delivery.endpoint.pathname}`;
}

/** Whether webhooks should be sent here, and what an operator should know besides. */
import type { DeliveryTrouble } from '../delivery/record.ts';
import type { Readiness, Receiver } from '../webhook/receiver.ts';
import type { JournalWatch } from './journal-watch.ts';

export interface ReadinessParts {
  readonly service: Pick<Receiver, 'readiness'>;
  readonly watch: Pick<JournalWatch, 'fullness'>;
  /** `undefined` where nothing is delivered. */
  readonly trouble: (() => DeliveryTrouble | undefined) | undefined;
}

/**
 * A backend that is down makes nobody unready: events are kept all the same, and to refuse them would lose them. A
 * journal that is full does.
 */
export function createReadiness({ service, watch, trouble: troubleOf }: ReadinessParts): () => Readiness {
  return () => {
    const { ready, reasons } = service.readiness();
    const fullness = watch.fullness();
    const trouble = troubleOf?.();
    return {
      ready: ready && fullness === undefined,
      reasons: fullness === undefined ? reasons : [...reasons, fullness],
      ...(trouble === undefined
        ? {}
        : {
            delivery: {
              cause: trouble.cause,
              message: trouble.message,
              since: new Date(trouble.since).toISOString(),
            },
          }),
    };
  };
}

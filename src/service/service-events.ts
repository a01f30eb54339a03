/** What the service tells of itself: for metrics, and for whoever else watches. */
import type { AssemblyStep } from '../assembly/keeping/ledger.ts';
import type { EventFacts } from '../crewai/facts.ts';
import type { EventDetail } from '../spans/detail.ts';

/** What became of an event. `conflicting`: its id stands for another content, and the first one stays. */
export type Outcome = 'accepted' | 'repeated' | 'conflicting';

export type ServiceEvent =
  /** A body with valid events came in; `bytes` inflated. */
  | { readonly type: 'received'; readonly source: string; readonly bytes: number }
  /** Its events are durable, or were so before. */
  | { readonly type: 'kept'; readonly source: string; readonly outcomes: readonly Outcome[] }
  /** Its events cannot be kept now. */
  | { readonly type: 'refused'; readonly source: string; readonly events: number }
  /** An event went into assembly for the first time; `replayed`: an earlier process had accepted it. */
  | { readonly type: 'taken'; readonly source: string; readonly facts: EventFacts; readonly replayed: boolean }
  /** A step of assembly is durable. */
  | { readonly type: 'settled'; readonly step: AssemblyStep<EventDetail> };

/** Called for each event, in order; must not throw. */
export type ServiceObserver = (event: ServiceEvent) => void;

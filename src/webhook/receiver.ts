/** What the HTTP surface asks of the service behind it. */
import type { IncomingEvent } from '../crewai/event.ts';

export interface Batch {
  readonly source: string;
  /** The body as received, inflated: what the journal keeps. */
  readonly bytes: Uint8Array;
  /** The valid events of the body, at least one. */
  readonly events: readonly IncomingEvent[];
}

export type Receipt =
  | { readonly status: 'durable'; readonly accepted: number; readonly duplicates: number }
  /** Cannot be kept now (disk full, quota, shutting down): the sender is told to come again. */
  | { readonly status: 'unavailable'; readonly reason: string; readonly retryAfterSeconds: number };

export interface Readiness {
  readonly ready: boolean;
  /** For the admin listener only: one line a reason, without secrets. */
  readonly reasons: readonly string[];
  /** Why finished spans do not get through, for the admin listener only. It makes nobody unready. */
  readonly delivery?: {
    readonly cause: string;
    /** Without secrets. */
    readonly message: string;
    /** ISO 8601: the first failure since the backend last took something. */
    readonly since: string;
  };
}

export interface Receiver {
  /** Resolves once the batch is durable, or cannot be made so. Never rejects for a reason of the sender's. */
  accept(batch: Batch): Promise<Receipt>;
  readiness(): Readiness;
}

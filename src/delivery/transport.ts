/** One way to a backend. Which protocol it speaks is its own matter; what an answer means is the same for all. */

/**
 * What became of one export (OTLP 1.x, "Failures"). `cause` is a short code of low cardinality, for metrics; `message`
 * is for an operator and holds no secret.
 */
export type ExportOutcome =
  | { readonly kind: 'taken'; readonly warning?: string }
  /** Taken, except for so many spans. The backend will refuse them again, so they must not be sent again. */
  | { readonly kind: 'partial'; readonly rejected: number; readonly message: string }
  /** Speaks of the backend or the way to it: the same request may succeed later. */
  | BackendFault
  /** Speaks of this request: some span in it, or its size, is not wanted. */
  | PayloadFault;

export interface BackendFault {
  readonly kind: 'backend';
  readonly cause: string;
  readonly message: string;
  /** How long the backend asks to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
}

export interface PayloadFault {
  readonly kind: 'payload';
  readonly cause: string;
  readonly message: string;
  /** Found on this side, before anything was sent: no backend has to be asked again to believe it. */
  readonly certain?: true;
}

export interface Transport {
  /**
   * Sends an `ExportTraceServiceRequest`, given as protobuf, once. Never rejects; ends within the timeout of the
   * settings, and at once when `signal` is aborted.
   */
  send(request: Uint8Array, signal: AbortSignal): Promise<ExportOutcome>;
  close(): Promise<void>;
}

/** Of an answer, what delivery has no use for and whoever looks for a fault has. Called before `send` resolves. */
export type AnswerObserver = (answer: {
  /** The headers `date` and `location`, as they are. */
  readonly date: string | undefined;
  readonly location: string | undefined;
}) => void;

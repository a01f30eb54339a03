/** What a family's file says of its operations. */
import type { Attributes, SpanKind } from '@opentelemetry/api';
import type { SettledOperation } from '../../assembly/settled.ts';
import type { EndOutcome, OperationKind } from '../../crewai/catalogue.ts';
import type { Context } from '../../crewai/facts.ts';
import type { JsonObject } from '../../crewai/readers.ts';
import type { DescribedEvent, EventDetail } from '../detail.ts';
import type { Fault } from '../read-fault.ts';
import type { SpanSettings } from '../settings.ts';
import type { Sheet } from '../sheet.ts';

/** One operation's span, as far as its kind decides it: the name's first word, the kind, and where attributes come from. */
export interface OperationShape {
  /** The name of the span, before its target. */
  readonly title: string;
  readonly spanKind: SpanKind;
  /** On every span of this kind, unless its events say otherwise. */
  readonly fixed?: Attributes;
  /** What follows the title where it is short enough to be a name; from either event. */
  readonly target?: (data: JsonObject) => string | undefined;
  /** The target where no event of the operation names it. */
  readonly inheritedTarget?: (context: Context) => string | undefined;
  /** `gen_ai.agent.name` is the role that the operation inherits, where its events name none. */
  readonly namesAgent?: true;
  /** What both events may say. Where both do, the start's word counts. */
  readonly about?: (sheet: Sheet, data: JsonObject) => void;
  /** What only the end says, or knows better. */
  readonly result?: (sheet: Sheet, data: JsonObject, outcome: EndOutcome) => void;
  /** Of an end: span events of its own. */
  readonly events?: (data: JsonObject, settings: SpanSettings) => readonly DescribedEvent[];
  /** Of an end whose type says that all went well: what its data says went wrong. */
  readonly hiddenFault?: (data: JsonObject, settings: SpanSettings) => Fault | undefined;
  /** What is known only of the settled operation. `undefined` takes away what an event gave. */
  readonly settle?: (operation: SettledOperation<EventDetail>) => Attributes;
}

/** Of most families all operations are alike; of some it depends on their kind. */
export type FamilyShape = OperationShape | ((kind: OperationKind) => OperationShape);

/** What is read of an event at its arrival: what assembly decides by, and what its span will need. */
import type { ReadEvent } from '../assembly/operation.ts';
import type { IncomingEvent } from '../crewai/event.ts';
import type { EventFacts } from '../crewai/facts.ts';
import { type InputNames, readFacts } from '../crewai/read-facts.ts';
import { createDescriber } from '../spans/describe.ts';
import type { EventDetail } from '../spans/detail.ts';
import type { SpanSettings } from '../spans/settings.ts';
import { weighEvent } from '../spans/weight.ts';

export interface EventReader {
  facts(event: IncomingEvent): EventFacts;
  /** All of it. `facts`: where they were read before. */
  whole(event: IncomingEvent, facts?: EventFacts): ReadEvent<EventDetail>;
}

export interface EventReaderOptions {
  readonly spans: SpanSettings;
  readonly inputs: InputNames;
}

export function createEventReader({ spans, inputs }: EventReaderOptions): EventReader {
  const describe = createDescriber(spans);
  const readFactsOf = (event: IncomingEvent): EventFacts => readFacts(event, inputs);
  return {
    facts: readFactsOf,
    whole(event, facts = readFactsOf(event)) {
      const detail = describe(event, facts);
      return { facts, detail, weight: weighEvent(facts, detail) };
    },
  };
}

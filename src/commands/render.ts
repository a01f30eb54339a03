/** `crewspan render`: what would become of a recorded run, as a tree of text, without any backend. */
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { createAssembly } from '../assembly/assembly.ts';
import type { AssemblyStep } from '../assembly/keeping/ledger.ts';
import type { AssemblySettings } from '../assembly/settings.ts';
import type { SettledOperation } from '../assembly/settled.ts';
import type { IncomingEvent } from '../crewai/event.ts';
import type { InputNames } from '../crewai/read-facts.ts';
import type { ExecutionKey, Skeleton } from '../journal/journal.ts';
import { createEventReader } from '../service/event-reader.ts';
import { createSpanBuilder } from '../spans/build.ts';
import { EMPTY_DETAIL, type EventDetail } from '../spans/detail.ts';
import type { SpanSettings } from '../spans/settings.ts';
import { explain } from './explain.ts';
import { drawTrees, type TreeOptions } from './tree.ts';

export interface RenderSettings {
  readonly assembly: AssemblySettings;
  readonly spans: SpanSettings;
  readonly inputs: InputNames;
}

export interface RenderOptions extends TreeOptions {
  /** Says below each span why it stands there. */
  readonly explain?: boolean;
}

/** The tree of all executions in `events`. */
export function render(events: readonly IncomingEvent[], settings: RenderSettings, options: RenderOptions): string {
  const remarks = new Map<string, string>();
  const spans = assembleSpans(events, settings, (operation, span) => {
    if (options.explain) remarks.set(span.spanContext().spanId, explain(operation));
  });
  return drawTrees(spans, { ...options, remarks });
}

/** All spans of the events, as if nothing more would ever come. */
export function assembleSpans(
  events: readonly IncomingEvent[],
  settings: RenderSettings,
  onSpan: (operation: SettledOperation<EventDetail>, span: ReadableSpan) => void = () => {},
): readonly ReadableSpan[] {
  const reader = createEventReader(settings);
  const build = createSpanBuilder(settings.spans);
  const kept = createKept();
  const assembly = createAssembly<EventDetail>({
    settings: settings.assembly,
    nothing: EMPTY_DETAIL,
    recall: kept.recall,
    knows: () => true,
    recallOpen: kept.recallOpen,
    reread: (_, position) => events.slice(position, position + 1).map(event => reader.whole(event)),
  });
  for (const [position, event] of events.entries()) {
    assembly.add('default', { ...reader.whole(event), position, arrived: 0 });
  }
  const spans: ReadableSpan[] = [];
  for (let now = assembly.next(); now !== undefined; now = assembly.next()) {
    const step = assembly.advance(now);
    if (step === undefined) continue;
    for (const operation of step.operations) {
      const span = build(operation);
      spans.push(span);
      onSpan(operation, span);
    }
    kept.take(step);
  }
  return spans;
}

/** What assembly asks back of what it has let go, in memory. */
function createKept() {
  const skeletons = new Map<string, Skeleton>();
  const open = new Map<string, Uint8Array | undefined>();
  const keyOf = ({ executionId }: ExecutionKey, id: string, beside?: string): string =>
    JSON.stringify([executionId, id, beside]);

  return {
    recall: (key: ExecutionKey, eventId: string, beside: string | undefined) =>
      skeletons.get(keyOf(key, eventId, beside)),
    recallOpen: (key: ExecutionKey, operationId: string) => open.get(keyOf(key, operationId)),
    take(step: Pick<AssemblyStep<unknown>, 'open' | 'skeletons'>): void {
      for (const { execution, operationId, content } of step.open) open.set(keyOf(execution, operationId), content);
      for (const skeleton of step.skeletons) {
        skeletons.set(keyOf(skeleton.execution, skeleton.eventId, skeleton.beside), skeleton);
      }
    },
  };
}

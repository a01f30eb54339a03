import { SpanKind } from '@opentelemetry/api';
import type { OperationKind } from '../../crewai/catalogue.ts';
import type { JsonObject } from '../../crewai/readers.ts';
import { putFields } from '../fields.ts';
import { namespaceOf } from '../namespaces.ts';
import { type Fault, readFault } from '../read-fault.ts';
import type { SpanSettings } from '../settings.ts';
import type { Sheet } from '../sheet.ts';
import type { OperationShape } from './shape.ts';

/** An operation that is no more than its name and its fields: CrewAI's bookkeeping, and what the user made up. */
export function plain(kind: OperationKind): OperationShape {
  const namespace = namespaceOf(kind.start);
  const put = (sheet: Sheet, data: JsonObject): void => putFields(sheet, data, namespace, 'skip');
  const shape: OperationShape = { title: kind.base, spanKind: SpanKind.INTERNAL, about: put, result: put };
  return kind.family === 'plan_step' ? { ...shape, hiddenFault: unsuccessful } : shape;
}

/** A step of a plan that fails ends as completed, without success. Its error may be why the planner, a model, gave it up. */
function unsuccessful(data: JsonObject, settings: SpanSettings): Fault | undefined {
  if (data['success'] !== false) return undefined;
  const fault = readFault(data, settings);
  return settings.captureContent ? fault : { ...fault, description: undefined, message: undefined };
}

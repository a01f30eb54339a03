import { SpanKind } from '@opentelemetry/api';
import type { OperationKind } from '../../crewai/catalogue.ts';
import type { JsonObject } from '../../crewai/readers.ts';
import { putFields } from '../fields.ts';
import { namespaceOf } from '../namespaces.ts';
import type { Sheet } from '../sheet.ts';
import type { OperationShape } from './shape.ts';

/** An operation that is no more than its name and its fields: CrewAI's bookkeeping, and what the user made up. */
export function plain(kind: OperationKind): OperationShape {
  const namespace = namespaceOf(kind.start);
  const put = (sheet: Sheet, data: JsonObject): void => putFields(sheet, data, namespace, 'skip');
  return { title: kind.base, spanKind: SpanKind.INTERNAL, about: put, result: put };
}

import { SpanKind } from '@opentelemetry/api';
import { asText, field, type JsonObject } from '../../crewai/readers.ts';
import { putContent, putFlag, putInteger, putName, putText } from '../sheet.ts';
import type { OperationShape } from './shape.ts';

export function guardrail(): OperationShape {
  return GUARDRAIL;
}

/** An output that does not pass is the guardrail's success: its status stays unset. */
const GUARDRAIL: OperationShape = {
  title: 'evaluate_guardrail',
  spanKind: SpanKind.INTERNAL,
  target: functionName,
  about(sheet, data) {
    putText(sheet, 'crewai.guardrail.type', field(data, 'guardrail_type'));
    putName(sheet, 'crewai.guardrail.name', functionName(data));
    putContent(sheet, 'crewai.guardrail.description', field(data, 'guardrail'));
    putInteger(sheet, 'crewai.guardrail.retry_count', field(data, 'retry_count'));
  },
  result(sheet, data) {
    putFlag(sheet, 'crewai.guardrail.success', field(data, 'success'));
    putContent(sheet, 'crewai.guardrail.result', field(data, 'result'));
    putContent(sheet, 'crewai.guardrail.error', field(data, 'error'));
  },
};

/** A guardrail that is an LLM is named by its instructions, which are content. */
function functionName(data: JsonObject): string | undefined {
  return field(data, 'guardrail_type') === 'function' ? asText(field(data, 'guardrail_name')) : undefined;
}

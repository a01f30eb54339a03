import { SpanKind } from '@opentelemetry/api';
import { asText, type JsonObject } from '../../crewai/readers.ts';
import { putContent, putFlag, putInteger, putName, putText } from '../sheet.ts';
import type { OperationShape } from './shape.ts';

/** An output that does not pass is the guardrail's success: its status stays unset. */
export const guardrail: OperationShape = {
  title: 'evaluate_guardrail',
  spanKind: SpanKind.INTERNAL,
  target: functionName,
  about(sheet, data) {
    putText(sheet, 'crewai.guardrail.type', data['guardrail_type']);
    putName(sheet, 'crewai.guardrail.name', functionName(data));
    putContent(sheet, 'crewai.guardrail.description', data['guardrail']);
    putInteger(sheet, 'crewai.guardrail.retry_count', data['retry_count']);
  },
  result(sheet, data) {
    putFlag(sheet, 'crewai.guardrail.success', data['success']);
    putContent(sheet, 'crewai.guardrail.result', data['result']);
    putContent(sheet, 'crewai.guardrail.error', data['error']);
  },
};

/** A guardrail that is an LLM is named by its instructions, which are content. */
function functionName(data: JsonObject): string | undefined {
  return data['guardrail_type'] === 'function' ? asText(data['guardrail_name']) : undefined;
}

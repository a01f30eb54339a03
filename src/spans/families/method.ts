import { SpanKind } from '@opentelemetry/api';
import { asText } from '../../crewai/readers.ts';
import { CREWAI, GEN_AI } from '../attributes.ts';
import { inputMessages, outputMessages } from '../content/messages.ts';
import { putBuilt, putContent, putName } from '../sheet.ts';
import type { OperationShape } from './shape.ts';

export const method: OperationShape = {
  title: 'execute_method',
  spanKind: SpanKind.INTERNAL,
  fixed: { [GEN_AI.operationName]: 'execute_method' },
  target: data => asText(data['method_name']),
  about(sheet, data) {
    putName(sheet, 'crewai.method.name', data['method_name']);
    putName(sheet, CREWAI.flowName, data['flow_name']);
    putContent(sheet, 'crewai.method.params', data['params']);
    putContent(sheet, 'crewai.method.state', data['state']);
    putBuilt(sheet, GEN_AI.inputMessages, limit => inputMessages(data['params'], limit));
  },
  result(sheet, data) {
    const result = data['result'];
    putContent(sheet, 'crewai.method.result', result);
    putContent(sheet, 'crewai.method.state', data['state']);
    putBuilt(sheet, GEN_AI.outputMessages, limit => outputMessages(result, 'stop', limit));
  },
  settle: ({ outcome }) => (outcome === 'paused' ? { [CREWAI.flowPaused]: true } : {}),
};

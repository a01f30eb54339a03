import { SpanKind } from '@opentelemetry/api';
import { asText } from '../../crewai/readers.ts';
import { CREWAI, GEN_AI } from '../attributes.ts';
import { inputMessages, outputMessages } from '../content/messages.ts';
import { putBuilt, putContent, putName, putText } from '../sheet.ts';
import type { OperationShape } from './shape.ts';

export const flow: OperationShape = {
  title: 'invoke_workflow',
  spanKind: SpanKind.INTERNAL,
  fixed: { [GEN_AI.operationName]: 'invoke_workflow' },
  target: data => asText(data['flow_name']),
  inheritedTarget: context => context.flowName,
  about(sheet, data) {
    const name = data['flow_name'];
    putName(sheet, GEN_AI.agentName, name);
    putName(sheet, GEN_AI.workflowName, name);
    putName(sheet, CREWAI.flowName, name);
    putText(sheet, 'crewai.flow.id', data['flow_id']);
    putContent(sheet, 'crewai.flow.inputs', data['inputs']);
    putBuilt(sheet, GEN_AI.inputMessages, limit => inputMessages(data['inputs'], limit));
  },
  result(sheet, data) {
    const result = data['result'];
    putText(sheet, 'crewai.flow.id', data['flow_id']);
    putContent(sheet, 'crewai.flow.result', result);
    putContent(sheet, 'crewai.flow.state', data['state']);
    putBuilt(sheet, GEN_AI.outputMessages, limit => outputMessages(result, 'stop', limit));
  },
  settle: ({ outcome }) => (outcome === 'paused' ? { [CREWAI.flowPaused]: true } : {}),
};

import { SpanKind } from '@opentelemetry/api';
import { asText } from '../../crewai/readers.ts';
import { GEN_AI } from '../attributes.ts';
import { putContent, putFlag, putInteger, putName } from '../sheet.ts';
import type { OperationShape } from './shape.ts';

export const reasoning: OperationShape = {
  title: 'plan',
  spanKind: SpanKind.INTERNAL,
  fixed: { [GEN_AI.operationName]: 'plan' },
  target: data => asText(data['agent_role']),
  inheritedTarget: context => context.agentRole,
  namesAgent: true,
  about(sheet, data) {
    putName(sheet, GEN_AI.agentName, data['agent_role']);
    putInteger(sheet, 'crewai.reasoning.attempt', data['attempt']);
  },
  result(sheet, data) {
    putContent(sheet, 'crewai.reasoning.plan', data['plan']);
    putFlag(sheet, 'crewai.reasoning.ready', data['ready']);
  },
};

import { SpanKind } from '@opentelemetry/api';
import { asText, field } from '../../crewai/readers.ts';
import { GEN_AI } from '../attributes.ts';
import { putContent, putFlag, putInteger, putName } from '../sheet.ts';
import type { OperationShape } from './shape.ts';

export function reasoning(): OperationShape {
  return PLAN;
}

const PLAN: OperationShape = {
  title: 'plan',
  spanKind: SpanKind.INTERNAL,
  fixed: { [GEN_AI.operationName]: 'plan' },
  target: data => asText(field(data, 'agent_role')),
  inheritedTarget: context => context.agentRole,
  namesAgent: true,
  about(sheet, data) {
    putName(sheet, GEN_AI.agentName, field(data, 'agent_role'));
    putInteger(sheet, 'crewai.reasoning.attempt', field(data, 'attempt'));
  },
  result(sheet, data) {
    putContent(sheet, 'crewai.reasoning.plan', field(data, 'plan'));
    putFlag(sheet, 'crewai.reasoning.ready', field(data, 'ready'));
  },
};

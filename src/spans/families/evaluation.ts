import { SpanKind } from '@opentelemetry/api';
import { asNumber, asText, field, type JsonObject, unquotePython } from '../../crewai/readers.ts';
import { GEN_AI } from '../attributes.ts';
import { type DescribedEvent, NO_EVENTS } from '../detail.ts';
import type { SpanSettings } from '../settings.ts';
import { createSheet, putContent, putInteger, putNumber, putText, valuesOf } from '../sheet.ts';
import type { OperationShape } from './shape.ts';

export const evaluation: OperationShape = {
  title: 'evaluate_agent',
  spanKind: SpanKind.INTERNAL,
  target: data => asText(data['agent_role']),
  inheritedTarget: context => context.agentRole,
  about(sheet, data) {
    putInteger(sheet, 'crewai.evaluation.iteration', data['iteration']);
  },
  events: readScore,
};

/** One `gen_ai.evaluation.result` for each metric: CrewAI sends an end for each. */
function readScore(data: JsonObject, settings: SpanSettings): readonly DescribedEvent[] {
  const metric = asText(data['metric_category']);
  const score = asNumber(field(data['score'], 'score')) ?? asNumber(data['score']);
  if (metric === undefined && score === undefined) return NO_EVENTS;
  const sheet = createSheet(settings);
  putText(sheet, GEN_AI.evaluationName, metric === undefined ? undefined : unquotePython(metric));
  putNumber(sheet, GEN_AI.evaluationScoreValue, score);
  putContent(sheet, GEN_AI.evaluationExplanation, field(data['score'], 'feedback'));
  return [{ name: GEN_AI.evaluationResult, values: valuesOf(sheet) }];
}

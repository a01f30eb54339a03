import { SpanKind } from '@opentelemetry/api';
import type { OperationKind } from '../../crewai/catalogue.ts';
import { GEN_AI } from '../attributes.ts';
import { putContent } from '../sheet.ts';
import type { OperationShape } from './shape.ts';

/** A search in the knowledge, and inside it the LLM call that makes a query of the task. */
export function knowledge(kind: OperationKind): OperationShape {
  return kind.base === 'knowledge_search_query' ? RETRIEVAL : REWRITE;
}

const RETRIEVAL: OperationShape = {
  title: 'retrieval',
  spanKind: SpanKind.CLIENT,
  fixed: { [GEN_AI.operationName]: 'retrieval' },
  about(sheet, data) {
    putContent(sheet, GEN_AI.retrievalQueryText, data['query']);
  },
  result(sheet, data) {
    putContent(sheet, 'crewai.knowledge.retrieved_knowledge', data['retrieved_knowledge']);
  },
};

const REWRITE: OperationShape = {
  title: 'rewrite_knowledge_query',
  spanKind: SpanKind.INTERNAL,
  about(sheet, data) {
    putContent(sheet, 'crewai.knowledge.task_prompt', data['task_prompt']);
  },
  result(sheet, data) {
    putContent(sheet, 'crewai.knowledge.query', data['query']);
  },
};

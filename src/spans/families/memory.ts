import { SpanKind } from '@opentelemetry/api';
import type { OperationKind } from '../../crewai/catalogue.ts';
import { asList } from '../../crewai/readers.ts';
import { GEN_AI } from '../attributes.ts';
import { foundRecords, savedRecord } from '../content/definitions.ts';
import { putBuilt, putContent, putInteger, putNumber, putText } from '../sheet.ts';
import type { OperationShape } from './shape.ts';

/** CrewAI's memory lives in the process of the crew, so its spans are internal. */
export function memory(kind: OperationKind): OperationShape {
  switch (kind.base) {
    case 'memory_query':
      return SEARCH;
    case 'memory_save':
      return SAVE;
    default:
      return RETRIEVAL;
  }
}

const SEARCH: OperationShape = {
  title: 'search_memory',
  spanKind: SpanKind.INTERNAL,
  fixed: { [GEN_AI.operationName]: 'search_memory' },
  about(sheet, data) {
    putContent(sheet, GEN_AI.memoryQueryText, data['query']);
    putText(sheet, 'crewai.memory.source', data['source_type']);
    putInteger(sheet, 'crewai.memory.limit', data['limit']);
    putNumber(sheet, 'crewai.memory.score_threshold', data['score_threshold']);
  },
  result(sheet, data) {
    putInteger(sheet, GEN_AI.memoryRecordCount, asList(data['results'])?.length);
    putNumber(sheet, 'crewai.memory.query_time_ms', data['query_time_ms']);
    putBuilt(sheet, GEN_AI.memoryRecords, limit => foundRecords(data['results'], limit));
  },
};

/** CrewAI merges what it saves with what it knows, and does not say whether it created or updated. */
const SAVE: OperationShape = {
  title: 'upsert_memory',
  spanKind: SpanKind.INTERNAL,
  fixed: { [GEN_AI.operationName]: 'upsert_memory' },
  about(sheet, data) {
    putText(sheet, 'crewai.memory.source', data['source_type']);
    putBuilt(sheet, GEN_AI.memoryRecords, limit => savedRecord(data['value'], data['metadata'], limit));
  },
  result(sheet, data) {
    putNumber(sheet, 'crewai.memory.save_time_ms', data['save_time_ms']);
  },
};

/** Wraps the searches of all kinds of memory, which carry the operation's name: no second count. */
const RETRIEVAL: OperationShape = {
  title: 'retrieve_memory',
  spanKind: SpanKind.INTERNAL,
  result(sheet, data) {
    putContent(sheet, 'crewai.memory.content', data['memory_content']);
    putNumber(sheet, 'crewai.memory.retrieval_time_ms', data['retrieval_time_ms']);
  },
};

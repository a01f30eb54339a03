/** Whether a settled operation failed, and by what. */
import type { SettledOperation } from '../assembly/settled.ts';
import type { EventDetail } from './detail.ts';
import { TOOL_FAILURE } from './marks.ts';
import { ABANDONED, type Fault, OTHER_ERROR } from './read-fault.ts';

const NO_END: Fault = {
  errorType: ABANDONED,
  description: 'no end was received; the run is taken to have died',
  exceptionType: undefined,
  message: undefined,
};

const UNTOLD: Fault = { errorType: OTHER_ERROR, description: undefined, exceptionType: undefined, message: undefined };

/** An operation is failed by its own end only: what it retried or handled below it does not count. */
export function faultOf(operation: SettledOperation<EventDetail>): Fault | undefined {
  switch (operation.outcome) {
    case 'abandoned':
      return NO_END;
    case 'failed':
      return operation.end?.detail.fault ?? UNTOLD;
    case 'completed':
      return operation.end?.detail.fault ?? detectedFailure(operation)?.fault;
    default:
      return undefined;
  }
}

/** What a mark said of the failure of the tool that it stands on. */
export function detectedFailure({ kind, marks }: SettledOperation<EventDetail>): EventDetail | undefined {
  return kind.family === 'tool' ? marks.find(mark => mark.type === TOOL_FAILURE)?.detail : undefined;
}

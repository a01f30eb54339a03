/**
 * Finds the start of an end that names none. Each rule adds to or takes from the score of a start that is still open;
 * it looks at nothing later than the end, so what comes afterwards never changes a pair.
 */
import type { EventFacts } from '../../crewai/facts.ts';
import { continues } from '../../crewai/likeness.ts';
import { isEndById } from '../claims.ts';
import { each } from '../collections/few.ts';
import { intervalOf, type LooseEnd, type Operation } from '../operation.ts';
import { compareEvents } from '../order.ts';
import { type Agreement, agentAgreement, taskAgreement } from './agreement.ts';
import { type Rule, reasonsFor, scoreOf } from './rules.ts';

interface Question {
  readonly operation: Operation<unknown>;
  readonly start: EventFacts;
  readonly end: EventFacts;
}

/** Each names a recording that needs it. */
const RULES: readonly Rule<Question>[] = [
  // 02_tools: two tools at once.
  { name: 'same subject', score: ({ start, end }) => judge(compare(start.subject, end.subject), 4, undefined) },
  // 10_async_tasks: two tasks at once.
  { name: 'same task', score: ({ start, end }) => judge(taskAgreement(start.context, end.context), 8, -40) },
  { name: 'same agent', score: ({ start, end }) => judge(agentAgreement(start.context, end.context), 8, -20) },
  // 16_custom_events: CrewAI keeps no scope for them, but both name the operation around them.
  {
    name: 'same parent',
    score: ({ start, end }) => judge(compare(start.parentId, end.parentId), 8, isScoped(start) ? 0 : undefined),
  },
  // 02_tools: parallel calls of one tool with different arguments.
  { name: 'same arguments', score: ({ start, end }) => judge(compare(start.args, end.args), 12, -12) },
  // 05_streaming: an end repeats the messages of its start, or goes on from them.
  { name: 'same messages', score: ({ start, end }) => judgeMessages(start, end) },
  // 16_custom_events, 09b_planning_steps: what both say in so many words.
  { name: 'same fields', score: ({ start, end }) => sharedFields(start, end) },
  // 10_async_tasks, reduced: an operation does not end while something goes on inside it.
  { name: 'nothing open inside', score: question => (isBusyInside(question) ? -30 : 0) },
  // 02_tools: the end of a tool tells how long the tool took.
  { name: 'took as long as it says', score: ({ start, end }) => judgeElapsed(start, end) },
  // 03_tool_failure, at milliseconds: a call that is tried again at once ends in the instant that the next one begins.
  { name: 'began before that instant', score: ({ start, end }) => (start.time < end.time ? 0 : -1) },
];

/** The start that an end belongs to, and the names of the rules that spoke for it. */
export interface Pair<D> {
  readonly operation: Operation<D>;
  readonly why: readonly string[];
}

/** Of starts that fit equally well the last before the end is taken. */
export function inferStart<D>(end: LooseEnd<D>, open: Iterable<Operation<D>>): Pair<D> | undefined {
  let best: Operation<D> | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const operation of open) {
    const start = operation.start?.facts;
    if (start === undefined || operation.end !== undefined || compareEvents(start, end.event.facts) > 0) continue;
    const score = scoreOf(RULES, { operation, start, end: end.event.facts });
    if (score === undefined || score < bestScore) continue;
    if (score === bestScore && best?.start !== undefined && compareEvents(start, best.start.facts) < 0) continue;
    best = operation;
    bestScore = score;
  }
  const start = best?.start?.facts;
  if (best === undefined || start === undefined) return undefined;
  return { operation: best, why: reasonsFor(RULES, { operation: best, start, end: end.event.facts }) };
}

/**
 * How long after its first end a call that fails may end once more, in microseconds. Less than events may come late by,
 * so that a start which the second end belongs to instead has come when the call settles.
 */
export const ENDS_AGAIN_WITHIN = 50_000;

/**
 * Whether an end that no start was found for ends an operation that failed a second time. Before CrewAI 1.15 an LLM call
 * that fails does so twice (04a_llm_500), and a tool that raises ends as finished besides (03_tool_failure). A memory of
 * 1.15 that fails to save says so from two threads, once without ids: that one may come first.
 */
export function endsAgain({ event }: LooseEnd<unknown>, operation: Operation<unknown>): boolean {
  const { end } = operation;
  const [start, first] = [operation.start?.facts, end?.facts];
  if (start === undefined || end === undefined || first === undefined) return false;
  if (Math.abs(event.facts.time - first.time) > ENDS_AGAIN_WITHIN) return false;
  const since = isEndById(operation, end) ? start : first;
  if (compareEvents(event.facts, since) < 0) return false;
  return (scoreOf(RULES, { operation, start, end: event.facts }) ?? 0) > 0;
}

function isScoped(facts: EventFacts): boolean {
  return facts.role.is === 'start' && facts.role.kind.scoped;
}

function compare(a: string | undefined, b: string | undefined): Agreement {
  if (a === undefined || b === undefined) return 'unknown';
  return a === b ? 'same' : 'different';
}

function judge<N extends number | undefined>(agreement: Agreement, same: number, different: N): number | N {
  return agreement === 'same' ? same : agreement === 'different' ? different : 0;
}

function judgeMessages(start: EventFacts, end: EventFacts): number {
  const goesOn = continues(end.messages, start.messages);
  return goesOn === undefined ? 0 : goesOn ? 12 : -12;
}

/** Names of fields that say which thing an event is about: where these differ, the two are about different things. */
const IDENTIFYING = /(?:^|_)(?:id|key|uuid|name|number|index|query)$/i;

function sharedFields(start: EventFacts, end: EventFacts): number | undefined {
  let likeness = 0;
  const ours = start.fields ?? {};
  const theirs = end.fields ?? {};
  for (const key of Object.keys(ours)) {
    if (!Object.hasOwn(theirs, key)) continue;
    if (ours[key] === theirs[key]) likeness++;
    else if (IDENTIFYING.test(key)) return undefined;
    else likeness--;
  }
  return likeness;
}

/** Background work of memory may outlive what it was done for. */
function isBusyInside({ operation, start, end }: Question): boolean {
  for (const child of each(operation.children)) {
    if (child.kind.family === 'memory' || !child.kind.scoped) continue;
    const { from, to } = intervalOf(child);
    if (from > start.time && from < end.time && to > end.time) return true;
  }
  return false;
}

/** In microseconds: a tool reads its clock a little before its event is sent. */
const ELAPSED_TOLERANCE = 5_000;

function judgeElapsed(start: EventFacts, end: EventFacts): number {
  if (end.elapsed === undefined) return 0;
  const distance = Math.abs(end.time - end.elapsed - start.time);
  return 6 * Math.max(0, 1 - distance / ELAPSED_TOLERANCE);
}

/** What may stand in what, where no id says it: the higher the weight, the more likely. */
import { CATALOGUE, type Family, type OperationKind } from '../../crewai/catalogue.ts';

type Weights = Readonly<Partial<Record<Family, number>>>;

/** What an agent does, and what is done for it before it begins. */
const OF_AN_AGENT: Weights = { agent: 30, lite_agent: 30, task: 20, method: 15, crew: 10, flow: 8 };

const CONTAINERS: Readonly<Record<Family, Weights>> = {
  /** A crew without ids was started from the user's own thread: it belongs to his method before any tool elsewhere. */
  crew: { method: 30, tool: 20, flow: 15 },
  flow: { method: 30, tool: 20, agent: 10, lite_agent: 10 },
  method: { flow: 30 },
  task: { crew: 30, method: 10, flow: 8 },
  /** An agent that another one delegates to runs inside that one's tool, for a task of its own. */
  agent: { task: 30, tool: 28, crew: 12, method: 10, flow: 8 },
  lite_agent: { guardrail: 32, tool: 28, method: 22, task: 20, agent: 15, crew: 8, flow: 8 },
  llm: { reasoning: 34, memory: 32, knowledge: 32, guardrail: 25, evaluation: 25, ...OF_AN_AGENT },
  tool: { llm: 34, ...OF_AN_AGENT },
  mcp: { tool: 34, ...OF_AN_AGENT },
  memory: OF_AN_AGENT,
  knowledge: OF_AN_AGENT,
  reasoning: OF_AN_AGENT,
  guardrail: { task: 32, lite_agent: 30, agent: 10, method: 10, crew: 8, flow: 8 },
  evaluation: OF_AN_AGENT,
  a2a: { a2a: 34, tool: 32, ...OF_AN_AGENT },
  skill: OF_AN_AGENT,
  checkpoint: { method: 20, task: 20, crew: 15, flow: 10 },
  context_window: OF_AN_AGENT,
  conversation: { flow: 30 },
  plan_step: OF_AN_AGENT,
  step_observation: OF_AN_AGENT,
  custom: { tool: 32, ...OF_AN_AGENT },
};

/** CrewAI's own flows run inside an agent or a memory; where neither was delivered, in what those stand in. */
const AROUND_INFRASTRUCTURE: Weights = { memory: 34, ...OF_AN_AGENT, guardrail: 28, tool: 12 };

const CONTAINING: ReadonlySet<string> = new Set(Object.values(CONTAINERS).flatMap(weights => Object.keys(weights)));

/** Whether anything may be inferred to stand in an operation of this kind. CrewAI keeps no scope for some. */
export function mayContain(kind: OperationKind): boolean {
  return kind.scoped && CONTAINING.has(kind.family);
}

/**
 * Within one family: a retrieval asks each memory, a search asks for its query to be written anew, a crew that is trained
 * or tested is kicked off once an iteration.
 */
const WRAPPED: ReadonlyMap<string, readonly string[]> = new Map([
  ['memory_query', ['memory_retrieval']],
  ['knowledge_query', ['knowledge_search_query']],
  ['crew_kickoff', ['crew_train', 'crew_test']],
]);

const startsByBase = new Map<string, readonly string[]>();

/** The types that start what an operation of this kind may stand in. */
export function startsAround(inner: OperationKind): readonly string[] {
  const known = startsByBase.get(inner.base);
  if (known !== undefined) return known;
  const families = new Set(Object.keys(CONTAINERS[inner.family]));
  const starts: string[] = [];
  for (const role of CATALOGUE.values()) {
    if (role.is === 'start' && role.kind.scoped && families.has(role.kind.family)) starts.push(role.kind.start);
  }
  // Custom bases are made up by senders and without end; all others are in the catalogue.
  if (inner.family !== 'custom') startsByBase.set(inner.base, starts);
  return starts;
}

export function weightAroundInfrastructure(outer: OperationKind): number | undefined {
  return AROUND_INFRASTRUCTURE[outer.family];
}

export function weightOf(inner: OperationKind, outer: OperationKind): number | undefined {
  if (WRAPPED.get(inner.base)?.includes(outer.base)) return 34;
  return outer.scoped ? CONTAINERS[inner.family][outer.family] : undefined;
}

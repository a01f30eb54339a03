/** The table of families. Adding one is a row in the catalogue of events, a file here, and a row in this table. */
import type { Family, OperationKind } from '../../crewai/catalogue.ts';
import { a2a } from './a2a.ts';
import { agent, liteAgent } from './agent.ts';
import { crew } from './crew.ts';
import { evaluation } from './evaluation.ts';
import { flow } from './flow.ts';
import { guardrail } from './guardrail.ts';
import { knowledge } from './knowledge.ts';
import { llm } from './llm.ts';
import { mcp } from './mcp.ts';
import { memory } from './memory.ts';
import { method } from './method.ts';
import { plain } from './plain.ts';
import { reasoning } from './reasoning.ts';
import type { FamilyShape, OperationShape } from './shape.ts';
import { task } from './task.ts';
import { tool } from './tool.ts';

const FAMILIES: Readonly<Record<Family, FamilyShape>> = {
  crew,
  flow,
  method,
  task,
  agent,
  lite_agent: liteAgent,
  llm,
  tool,
  mcp,
  memory,
  knowledge,
  reasoning,
  guardrail,
  evaluation,
  a2a,
  skill: plain,
  checkpoint: plain,
  context_window: plain,
  conversation: plain,
  plan_step: plain,
  step_observation: plain,
  custom: plain,
};

const shapes = new WeakMap<OperationKind, OperationShape>();

export function shapeOf(kind: OperationKind): OperationShape {
  const family = FAMILIES[kind.family];
  if (typeof family !== 'function') return family;
  const known = shapes.get(kind);
  if (known !== undefined) return known;
  const shape = family(kind);
  shapes.set(kind, shape);
  return shape;
}

/** What `crewspan.family` says. A lite agent is an agent to whoever looks at it. */
export function familyName(family: Family): string {
  return family === 'lite_agent' ? 'agent' : family;
}

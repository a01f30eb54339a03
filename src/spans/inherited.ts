/** The attributes that an operation has from what it stands in. */
import type { Family } from '../crewai/catalogue.ts';
import type { Context } from '../crewai/facts.ts';
import { CREWAI, GEN_AI } from './attributes.ts';
import { type NamedValues, setText } from './named-values.ts';
import type { SpanSettings } from './settings.ts';
import { nameOf } from './sheet.ts';

const IDENTIFIER = /^[\p{L}\p{N}_.:#-]{1,80}$/u;

/** Whether a text can hardly be a sentence: one word, as methods and YAML keys are. */
export function looksLikeName(text: string): boolean {
  return IDENTIFIER.test(text.trim());
}

export function setInherited(values: NamedValues, context: Context, family: Family, settings: SpanSettings): void {
  setText(values, CREWAI.crewName, nameOf(context.crewName), settings);
  setText(values, CREWAI.taskId, context.taskId, settings);
  setText(values, CREWAI.taskName, nameOf(inheritedTaskName(context, family, settings)), settings);
  setText(values, CREWAI.agentId, context.agentId, settings);
  setText(values, CREWAI.agentRole, nameOf(context.agentRole), settings);
  setText(values, GEN_AI.conversationId, context.conversationId, settings);
}

/**
 * Events name an unnamed task by its description, and only the task's own events show that it is one. So a task says
 * itself whether it has a name, and of others it is believed only where it can be nothing else, or content may leave.
 */
function inheritedTaskName(context: Context, family: Family, settings: SpanSettings): string | undefined {
  if (context.taskName === undefined || family === 'task') return undefined;
  return settings.captureContent || looksLikeName(context.taskName) ? context.taskName : undefined;
}

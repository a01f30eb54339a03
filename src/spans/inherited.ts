/** The attributes that an operation has from what it stands in. */
import type { Family } from '../crewai/catalogue.ts';
import type { Context } from '../crewai/facts.ts';
import { CREWAI, GEN_AI } from './attributes.ts';
import type { SpanSettings } from './settings.ts';
import { createSheet, putName, putText, type SheetValues } from './sheet.ts';

const IDENTIFIER = /^[\p{L}\p{N}_.:#-]{1,80}$/u;

/** Whether a text can hardly be a sentence: one word, as methods and YAML keys are. */
export function looksLikeName(text: string): boolean {
  return IDENTIFIER.test(text.trim());
}

export function inheritedValues(context: Context, family: Family, settings: SpanSettings): SheetValues {
  const sheet = createSheet(settings);
  putName(sheet, CREWAI.crewName, context.crewName);
  putText(sheet, CREWAI.taskId, context.taskId);
  putName(sheet, CREWAI.taskName, inheritedTaskName(context, family, settings));
  putText(sheet, CREWAI.agentId, context.agentId);
  putName(sheet, CREWAI.agentRole, context.agentRole);
  putText(sheet, GEN_AI.conversationId, context.conversationId);
  return sheet.values;
}

/**
 * Events name an unnamed task by its description, and only the task's own events show that it is one. So a task says
 * itself whether it has a name, and of others it is believed only where it can be nothing else, or content may leave.
 */
function inheritedTaskName(context: Context, family: Family, settings: SpanSettings): string | undefined {
  if (context.taskName === undefined || family === 'task') return undefined;
  return settings.captureContent || looksLikeName(context.taskName) ? context.taskName : undefined;
}

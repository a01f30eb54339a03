/** What goes over the control socket, as JSON. Both ends are the same version, as a rule, and check what they read. */
import { z } from 'zod';
import type { DeadLetter } from '../journal/journal.ts';

const key = z.int().nonnegative();

export const selection = z.union([z.literal('all'), z.array(key)]);

export const purgeRequest = z.union([
  z.strictObject({ executionId: z.string().min(1), source: z.string().optional(), dryRun: z.boolean() }),
  z.strictObject({ before: z.number(), undelivered: z.boolean(), dryRun: z.boolean() }),
]);

export const selectionReport = z.object({ done: z.number(), missing: z.array(key) });

export const purgeReport = z.object({
  spans: z.number(),
  deadLetters: z.number(),
  events: z.number(),
  bodies: z.number(),
  remembered: z.number().optional(),
  heldBodies: z.number(),
});

const base64 = z.string().transform(text => Buffer.from(text, 'base64'));

export const deadLetters = z.array(
  z.object({
    key,
    putAt: z.number(),
    buriedAt: z.number(),
    reason: z.string(),
    execution: z.object({ source: z.string(), executionId: z.string() }),
    preamble: base64,
    span: base64,
  }),
);

export function writeDeadLetter(letter: DeadLetter): object {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return { ...letter, preamble: text(letter.preamble), span: text(letter.span) };
}

export const refusal = z.object({ code: z.string().optional(), error: z.string() });

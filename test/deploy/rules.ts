/** The files of rules and of their tests, as they lie in deploy/prometheus. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const folder = new URL('../../deploy/prometheus/', import.meta.url);

const alertSchema = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().regex(/^\d+m$/),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({
    summary: z.string().min(20),
    description: z.string().min(20),
    runbook: z.string(),
  }),
});
const recordSchema = z.strictObject({ record: z.string(), expr: z.string() });
const fileSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      interval: z.string().optional(),
      rules: z.array(z.union([alertSchema, recordSchema])),
    }),
  ),
});
const testFileSchema = z.object({
  tests: z.array(
    z.object({
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
    }),
  ),
});

export type Rule = z.infer<typeof alertSchema> | z.infer<typeof recordSchema>;
export type Alert = z.infer<typeof alertSchema>;

function read<T>(within: string, ending: string, schema: z.ZodType<T>): T[] {
  const place = new URL(within, folder);
  const names = readdirSync(place).filter(name => name.endsWith(ending));
  return names.sort().map(name => schema.parse(parse(readFileSync(new URL(name, place), 'utf8'))));
}

export function readRules(): Rule[] {
  return read('./', '.rules.yaml', fileSchema).flatMap(({ groups }) => groups.flatMap(({ rules }) => rules));
}

/** What the tests for promtool expect: at each moment that they look at, whether an alert fires. */
export function readExpectations(): { readonly alert: string; readonly fires: boolean }[] {
  return read('tests/', '.test.yaml', testFileSchema).flatMap(({ tests }) =>
    tests.flatMap(test =>
      test.alert_rule_test.map(({ alertname, exp_alerts }) => ({ alert: alertname, fires: exp_alerts.length > 0 })),
    ),
  );
}

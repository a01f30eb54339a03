/** The names of metrics that a PromQL expression reads. */

const AGGREGATION_LABELS = /\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g;
const KEYWORDS = new Set(['and', 'or', 'unless', 'offset', 'bool', 'by', 'without']);

export function metricsIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(AGGREGATION_LABELS, ' ')
    .replaceAll(/\boffset\s+\S+/g, '');
  // A name before a parenthesis is a function.
  const names = bare.match(/\b[a-z_][\w:]*\b(?!\s*\()/gi) ?? [];
  return [...new Set(names.filter(name => !KEYWORDS.has(name)))];
}

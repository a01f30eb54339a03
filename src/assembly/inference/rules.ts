/** Rules, each of which adds to or takes from the score of one candidate among several. */
export interface Rule<Question> {
  /** As `render --explain` names it. */
  readonly name: string;
  /** `undefined`: the candidate is out of the question. 0: the rule says nothing. */
  score(question: Question): number | undefined;
}

/** `undefined`: one of the rules puts the candidate out of the question. */
export function scoreOf<Question>(rules: readonly Rule<Question>[], question: Question): number | undefined {
  let sum = 0;
  for (const rule of rules) {
    const score = rule.score(question);
    if (score === undefined) return undefined;
    sum += score;
  }
  return sum;
}

/** The names of the rules that speak for the candidate. */
export function reasonsFor<Question>(rules: readonly Rule<Question>[], question: Question): readonly string[] {
  return rules.filter(rule => (rule.score(question) ?? 0) > 0).map(rule => rule.name);
}

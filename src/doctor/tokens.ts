/** The tokens: could somebody guess one? Nothing of a token is told, only its source and its place. */
import { isLoopback } from '../config/hosts.ts';
import type { WebhookSettings } from '../webhook/settings.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

/** What no one can try out, in bits: NIST SP 800-63B asks 112 of a secret that is looked up, 64 where guesses are slowed. */
const ENOUGH_BITS = 64;
/** Words of documentation, and of whoever means to change it later. */
const EXAMPLE =
  /^(?:my|your|the|a|some)?[-_.]?(?:super|very|top)?[-_.]?(?:secret|token|password|passwd|change[-_.]?me|change[-_.]?this|example|test|demo|dummy|foo|bar|crewspan|crewai|bearer|admin|api|key|auth|webhook|default|replace[-_.]?me|todo|xxx+|letmein|hunter2)+(?:[-_.]?(?:secret|token|key|password|here|me|value))*[-_.]?\d{0,4}$/i;
const PLACEHOLDER = /^(?:<.*>|\$\{?\w+\}?|\{\{.*\}\})$/;
const ADVICE =
  'Make one with `openssl rand -hex 32`, and give it to the kickoff too (`webhooks.authentication.token`).';

export function checkTokens({ tokens, host }: Pick<WebhookSettings, 'tokens' | 'host'>): Finding[] {
  const local = isLoopback(host);
  if (tokens.size === 0) return [anonymous(local)];
  const findings = [...tokens].flatMap(([source, ofSource]) =>
    ofSource.flatMap((token, index) => {
      const which = `token ${index + 1} of the source ${source}`;
      const weakness = weaknessOf(which, token, local);
      return weakness === undefined ? [] : [weakness];
    }),
  );
  const count = [...tokens.values()].reduce((sum, { length }) => sum + length, 0);
  if (findings.length > 0) return findings;
  const summary = `${count} of ${tokens.size} source${tokens.size === 1 ? '' : 's'}, none that could be guessed`;
  return [fine('tokens.strong', summary, { tokens: count })];
}

function anonymous(local: boolean): Finding {
  if (local) {
    const summary = 'none is set; only this machine can reach the webhook';
    const details = ['Behind a reverse proxy, everyone who can reach the proxy may send: set CREWSPAN_TOKENS.'];
    return { ...fine('tokens.none', summary), details };
  }
  const summary = 'none is set, and the webhook listens beyond loopback: everyone who can reach the port may send';
  return warning('tokens.anonymous', summary, `Set CREWSPAN_TOKENS, and leave CREWSPAN_ALLOW_ANONYMOUS out. ${ADVICE}`);
}

function weaknessOf(which: string, token: string, local: boolean): Finding | undefined {
  if (PLACEHOLDER.test(token) || EXAMPLE.test(token)) {
    const summary = `${which} is from documentation: anybody would try it`;
    return (local ? warning : fault)('tokens.example', summary, ADVICE);
  }
  const bits = Math.floor(estimateBits(token));
  if (bits >= ENOUGH_BITS) return undefined;
  const summary = `${which} is weak: about ${bits} bits; it should have ${ENOUGH_BITS} or more`;
  return warning('tokens.weak', summary, ADVICE, { bits });
}

/** From above: as if each character had been drawn from those that occur. Words and dates are worth less. */
export function estimateBits(token: string): number {
  const counts = new Map<string, number>();
  for (const character of token) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / token.length);
  return bits;
}

import type { Facts, Fine, Trouble } from '../finding.ts';

/** A finding about the backend. */
export function fine(code: string, summary: string, facts: Facts = {}): Fine {
  return { check: 'backend', code, status: 'ok', summary, facts };
}

export function fault(code: string, summary: string, advice: string, facts: Facts = {}): Trouble {
  return { check: 'backend', code, status: 'fault', summary, advice, facts };
}

export function warning(code: string, summary: string, advice: string, facts: Facts = {}): Trouble {
  return { check: 'backend', code, status: 'warning', summary, advice, facts };
}

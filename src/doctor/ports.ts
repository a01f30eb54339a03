/** Can the listeners be opened? */
import type { Finding } from './finding.ts';
import type { Address, PortState } from './running.ts';

export interface PortCheck {
  readonly address: Address;
  readonly state: PortState;
  /** The variables to change. */
  readonly names: { readonly host: string; readonly port: string };
  /** A running crewspan holds the data directory. */
  readonly storeHeld: boolean;
}

export function checkPort({ address, state, names, storeHeld }: PortCheck): Finding {
  const { host, port } = address;
  const where = port === 0 ? `any free port on ${host}` : `port ${port} on ${host}`;
  const common = { check: 'ports', facts: { setting: names.port, host, port } } as const;
  switch (state.kind) {
    case 'free':
      return { ...common, code: 'ports.free', status: 'ok', summary: `${where} can be opened (${names.port})` };
    case 'crewspan':
      if (storeHeld) {
        const summary = `${where} is open: crewspan runs with these settings (${names.port})`;
        return { ...common, code: 'ports.running', status: 'ok', summary };
      }
      return {
        ...common,
        code: 'ports.other-crewspan',
        status: 'fault',
        summary: `${where} is held by another crewspan, one with another data directory`,
        advice: `End that one, or set ${names.port} to another port. To check that one, give doctor its settings.`,
      };
    case 'taken':
      return {
        ...common,
        code: 'ports.taken',
        status: 'fault',
        summary: `${where} is held by something that does not answer as crewspan does`,
        advice: `End the process that holds it (\`ss -ltnp\` names it), or set ${names.port} to another port.`,
      };
    case 'refused': {
      const summary = `${where} cannot be opened (${state.code})`;
      return { ...common, code: 'ports.refused', status: 'fault', summary, advice: adviceFor(state.code, names) };
    }
  }
}

function adviceFor(code: string, { host, port }: PortCheck['names']): string {
  switch (code) {
    case 'EACCES':
      return `Set ${port} to a port of 1024 or above.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `Set ${host} to an address of this machine, or to 0.0.0.0 for all.`;
    default:
      return `See ${host} and ${port}.`;
  }
}

/** Can the listeners be opened? */
import { type Finding, fault, fine } from './finding.ts';
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
  const facts = { setting: names.port, host, port };
  switch (state.kind) {
    case 'free':
      return fine('ports.free', `${where} can be opened (${names.port})`, facts);
    case 'crewspan':
      if (storeHeld) {
        return fine('ports.running', `${where} is open: crewspan runs with these settings (${names.port})`, facts);
      }
      return fault(
        'ports.other-crewspan',
        `${where} is held by another crewspan, one with another data directory`,
        `End that one, or set ${names.port} to another port. To check that one, give doctor its settings.`,
        facts,
      );
    case 'taken':
      return fault(
        'ports.taken',
        `${where} is held by something that does not answer as crewspan does`,
        `End the process that holds it (\`ss -ltnp\` names it), or set ${names.port} to another port.`,
        facts,
      );
    case 'refused':
      return fault('ports.refused', `${where} cannot be opened (${state.code})`, adviceFor(state.code, names), facts);
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

/** Where the value of each setting came from, for people who wonder why it is what it is. */
import { settingNames, settingsTable } from './describe.ts';
import type { SettingName } from './schema.ts';
import { gather, type LoadOptions } from './sources.ts';

export interface SettingOrigin {
  readonly name: SettingName;
  readonly origin: 'environment' | 'file' | 'default';
  /** As written, or the default in words; `undefined`: unset. Secrets are replaced by `(secret)`. */
  readonly value: string | undefined;
  /** The file has a value too, which does not count. */
  readonly overridesFile: boolean;
}

const MASK = '(secret)';

/** Of every setting, in the order of the documentation. Reads the file again; what is wrong with it is not told here. */
export function settingOrigins({ env, configFile }: LoadOptions): readonly SettingOrigin[] {
  const names = settingNames();
  const environment = gather({ env }, names).values;
  const file = gather({ env: {}, configFile }, names).values;
  return settingsTable().map(({ name, secret, default: byDefault }) => {
    const written = environment.get(name) ?? file.get(name);
    const origin = environment.has(name) ? 'environment' : file.has(name) ? 'file' : 'default';
    const value = written === undefined ? byDefault : secret ? MASK : withoutCredentials(name, written);
    return { name, origin, value, overridesFile: environment.has(name) && file.has(name) };
  });
}

/** User, password and query of an endpoint may be secret. */
function withoutCredentials(name: string, written: string): string {
  if (!name.endsWith('_ENDPOINT')) return written;
  return written.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/i, `$1${MASK}@`).replace(/\?.*$/, `?${MASK}`);
}

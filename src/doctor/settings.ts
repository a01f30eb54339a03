/** The settings: which are set and where, what is wrong with them, and what is odd. */
import { type Fault, faultText } from '../config/faults.ts';
import type { SettingOrigin } from '../config/origins.ts';
import { type Finding, fault, fine, INVALID_SETTING, warning } from './finding.ts';

export function settingFaults(faults: readonly Fault[]): Finding[] {
  const advice = 'Correct it: crewspan does not start until then. What depends on the settings was not checked.';
  return faults.map(found => fault(INVALID_SETTING, faultText(found), advice, { setting: found.subject }));
}

export function checkSettings(origins: readonly SettingOrigin[], warnings: readonly string[]): Finding[] {
  const set = origins.filter(({ origin }) => origin !== 'default');
  const width = Math.max(0, ...set.map(({ name, value }) => `${name}=${value ?? ''}`.length));
  return [
    {
      ...fine('settings.valid', `${set.length} set, ${origins.length - set.length} at their defaults`, {
        set: set.length,
        defaults: origins.length - set.length,
      }),
      details: set.map(
        setting => `${`${setting.name}=${setting.value ?? ''}`.padEnd(Math.min(width, 60))}  ${originText(setting)}`,
      ),
    },
    ...warnings.map(summary => warning('settings.odd', summary, 'Change it, unless you mean it.')),
  ];
}

function originText({ origin, overridesFile }: SettingOrigin): string {
  if (origin === 'file') return 'config file';
  return overridesFile ? 'environment, over the config file' : 'environment';
}

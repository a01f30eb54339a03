/** The settings: which are set and where, what is wrong with them, and what is odd. */
import { type Fault, faultText } from '../config/faults.ts';
import type { SettingOrigin } from '../config/origins.ts';
import { type Finding, INVALID_SETTING } from './finding.ts';

export function settingFaults(faults: readonly Fault[]): Finding[] {
  return faults.map(fault => ({
    check: 'settings',
    code: INVALID_SETTING,
    status: 'fault',
    summary: faultText(fault),
    advice: 'Correct it. crewspan does not start before, and what depends on the settings is not checked.',
    facts: { setting: fault.subject },
  }));
}

export function checkSettings(origins: readonly SettingOrigin[], warnings: readonly string[]): Finding[] {
  const set = origins.filter(({ origin }) => origin !== 'default');
  const width = Math.max(0, ...set.map(({ name, value }) => `${name}=${value ?? ''}`.length));
  return [
    {
      check: 'settings',
      code: 'settings.valid',
      status: 'ok',
      summary: `${set.length} set, ${origins.length - set.length} at their defaults`,
      details: set.map(
        setting => `${`${setting.name}=${setting.value ?? ''}`.padEnd(Math.min(width, 60))}  ${originText(setting)}`,
      ),
      facts: { set: set.length, defaults: origins.length - set.length },
    },
    ...warnings.map(warning => ({
      check: 'settings' as const,
      code: 'settings.odd',
      status: 'warning' as const,
      summary: warning,
      advice: 'Change it, or leave it where it is meant so.',
    })),
  ];
}

function originText({ origin, overridesFile }: SettingOrigin): string {
  if (origin === 'file') return 'config file';
  return overridesFile ? 'environment, over the config file' : 'environment';
}

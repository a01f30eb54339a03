/** The settings as documentation, from the schema that reads them. */
import { type SettingName, schema } from './schema.ts';
import { infos } from './setting.ts';

export interface SettingDescription {
  readonly name: SettingName;
  /** As shown to readers; `undefined`: unset. */
  readonly default: string | undefined;
  /** One or two sentences of Markdown. */
  readonly description: string;
  /** Its value is never shown, nor logged. */
  readonly secret: boolean;
}

/** In the order in which they are best read. */
export function settingsTable(): readonly SettingDescription[] {
  return settingNames().map(name => {
    const info = infos.get(schema.shape[name]);
    return {
      name,
      default: info?.default,
      description: info?.description ?? '',
      secret: info?.secret ?? false,
    };
  });
}

/** A Markdown table of every setting. */
export function describeSettings(): string {
  const rows = settingsTable().map(({ name, default: byDefault, description, secret }) =>
    row([`\`${name}\``, byDefault ?? '', secret ? `${description} Secret.` : description]),
  );
  return `${[row(['Setting', 'Default', 'What it does']), row(['---', '---', '---']), ...rows].join('\n')}\n`;
}

export function settingNames(): readonly SettingName[] {
  return Object.keys(schema.shape) as SettingName[];
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

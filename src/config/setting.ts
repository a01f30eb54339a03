import { z } from 'zod';
import { type Reader, readBy } from './reading.ts';

export interface SettingInfo {
  /** As shown to readers. Without one: unset. */
  readonly default?: string;
  /** One or two sentences of Markdown. */
  readonly description: string;
  /** Its value is never shown. */
  readonly secret?: boolean;
}

/** The description of each setting in the schema. */
export const infos = z.registry<SettingInfo>();

/** The default is read like any other value, so that it is exactly what the docs say. */
export function withDefault<T>(read: Reader<T>, byDefault: string, info: Omit<SettingInfo, 'default'>) {
  return readBy(read)
    .prefault(byDefault)
    .register(infos, { ...info, default: byDefault });
}

export function optional<T>(read: Reader<T>, info: SettingInfo) {
  return readBy(read).optional().register(infos, info);
}

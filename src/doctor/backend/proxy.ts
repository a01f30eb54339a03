/** Which proxy an export goes through, and whether its variable holds a URL. */
import { proxyFor } from '../../delivery/proxy.ts';
import type { DeliverySettings } from '../../delivery/settings.ts';

export type ProxyReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'proxy'; readonly variable: string; readonly url: URL }
  | { readonly kind: 'invalid'; readonly variable: string };

export function proxyOf(
  settings: Pick<DeliverySettings, 'endpoint' | 'protocol'>,
  environment: NodeJS.ProcessEnv,
): ProxyReading {
  const setting = proxyFor(settings, environment);
  if (setting === undefined) return { kind: 'none' };
  const { variable, value } = setting;
  if (!URL.canParse(value) || new URL(value).hostname === '') return { kind: 'invalid', variable };
  return { kind: 'proxy', variable, url: new URL(value) };
}

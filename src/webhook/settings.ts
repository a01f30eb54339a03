import type { KeyPair, KeyPairFiles } from '../pem-files.ts';

export interface WebhookSettings {
  readonly host: string;
  readonly port: number;
  /** `off`: no admin listener. */
  readonly admin: { readonly host: string; readonly port: number } | 'off';
  /** `undefined`: plain HTTP. */
  readonly tls: { readonly files: KeyPairFiles; readonly pair: KeyPair } | undefined;
  /** Open at once on the public listener. */
  readonly maxConnections: number;
  /**
   * Source → its tokens. Empty: no token is asked for, and every request is of the source `default` or the one its path
   * names.
   */
  readonly tokens: ReadonlyMap<string, readonly string[]>;
  /** Of one body after inflating, in bytes. */
  readonly maxBodyBytes: number;
  /** Of all bodies being received or waiting for the journal, in bytes; as much again for what has been read of them. */
  readonly maxInFlightBytes: number;
}

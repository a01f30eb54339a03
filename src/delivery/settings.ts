import type { KeyPairFiles } from '../pem-files.ts';

export type OtlpProtocol = 'http/protobuf' | 'http/json' | 'grpc';

export interface DeliverySettings {
  readonly protocol: OtlpProtocol;
  /**
   * For HTTP the whole URL with its path (`…/v1/traces` appended to a bare `OTEL_EXPORTER_OTLP_ENDPOINT`, taken as it is
   * from `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`); for gRPC scheme, host and port.
   */
  readonly endpoint: URL;
  /** Values are secrets: never logged. */
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  /** For one export attempt, in milliseconds. */
  readonly timeoutMs: number;
  /** PEM, already read from the files that the settings name. */
  readonly tls: { readonly ca?: Buffer; readonly key?: Buffer; readonly cert?: Buffer };
  /** Where that came from, to be read again when it was renewed. */
  readonly tlsFiles?: TlsFiles;
  readonly batch: { readonly maxSpans: number; readonly maxBytes: number };
  /** Exports under way at once. */
  readonly concurrency: number;
}

export interface TlsFiles {
  /** That the backend is checked against. */
  readonly authorities?: string;
  /** Shown to a backend that asks for one. */
  readonly own?: KeyPairFiles;
}

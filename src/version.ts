import { createRequire } from 'node:module';

/** crewspan's version, from its package.json: one folder above both `src` and `dist`. */
export const VERSION: string = readVersion(createRequire(import.meta.url)('../package.json'));

function readVersion(manifest: unknown): string {
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : undefined;
  return typeof version === 'string' ? version : '0.0.0';
}

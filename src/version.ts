import { createRequire } from 'node:module';
import { propertyOf } from './property.ts';

/** From package.json: one folder above both `src` and `dist`. */
const manifest: unknown = createRequire(import.meta.url)('../package.json');

/** crewspan's version. */
export const VERSION: string = textIn(manifest, 'version') ?? '0.0.0';
/** The versions of Node that crewspan runs on, as package.json has them: `>=20.19`. */
export const NEEDED_NODE: string = textIn(propertyOf(manifest, 'engines'), 'node') ?? '>=0';

function textIn(value: unknown, name: string): string | undefined {
  const found = propertyOf(value, name);
  return typeof found === 'string' ? found : undefined;
}

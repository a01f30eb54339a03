import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SOURCE = fileURLToPath(new URL('../../src/doctor', import.meta.url));
const CODE = /'((?:node|settings|tokens|ports|data|store|disk|flush|tls|backend|clock)\.[a-z][a-z-]*)'/g;

const sources = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => readFileSync(`${SOURCE}/${name}`, 'utf8'));
const documentation = readFileSync(new URL('../../docs/doctor.md', import.meta.url), 'utf8');

describe('docs/doctor.md', () => {
  it('names every code of a finding, and no other', () => {
    const made = new Set(sources.flatMap(text => [...text.matchAll(CODE)].map(([, code]) => code)));
    const named = [...documentation.matchAll(/^\| \w+ \| `([^`]+)` \|/gm)].map(([, code]) => code);
    expect(named.toSorted()).toEqual([...made].toSorted());
  });
});

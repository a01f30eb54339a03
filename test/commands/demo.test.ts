import { expect, it } from 'vitest';
import { demo } from '../../src/commands/demo.ts';
import { loadSettings } from '../../src/config.ts';

it('a run that is not taken leaves no listener behind, on which the process would wait for ever', async () => {
  const printed: string[] = [];
  const playing = demo({
    // Some events of the recording are larger.
    settings: loadSettings({ env: { CREWSPAN_MAX_BODY: '1KiB' } }),
    hasBackend: false,
    colour: false,
    serve: false,
    print: text => printed.push(text),
  });
  await expect(playing).rejects.toMatchObject({ code: 'CREWSPAN_SEND' });
  const url = /http:\S+\/webhook/.exec(printed.join('\n'))?.[0] ?? '';
  expect(url).not.toBe('');
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

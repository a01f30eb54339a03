import { describe, expect, it } from 'vitest';
import { readArguments } from '../../src/commands/arguments.ts';
import { helpOf, isCommand } from '../../src/commands/help.ts';

const COMMANDS = ['serve', 'demo', 'render', 'send', 'dead-letter', 'purge', 'doctor'].filter(isCommand);

const synopsisOf = (text: string): string => text.slice(0, text.indexOf('\n'));
const optionsIn = (text: string): readonly string[] =>
  [...text.matchAll(/--(?:\[no-\])?([a-z-]+)/g)].flatMap(([, name]) => name ?? []);

const OPTIONS = new Set(optionsIn(await helpOf(undefined)).filter(name => name !== 'help' && name !== 'version'));
const WITH_VALUE = new Set(['config', 'to', 'token', 'batch', 'execution', 'source', 'older-than']);

describe('the command line', () => {
  it('is a command, its operands and its options', () => {
    expect(readArguments(['send', 'run.jsonl', '--to', 'http://h/webhook', '--fresh'])).toMatchObject({
      value: { command: 'send', operands: ['run.jsonl'], flags: { to: 'http://h/webhook', fresh: true } },
    });
    expect(readArguments(['--config', 'c.yaml'])).toMatchObject({
      value: { command: undefined, operands: [], flags: { config: 'c.yaml' } },
    });
  });

  it.each(COMMANDS)('takes of %s the options that its help names and explains, and no other', async command => {
    const help = await helpOf(command);
    const named = optionsIn(synopsisOf(help));
    expect(optionsIn(help.slice(help.indexOf('\n')))).toEqual(expect.arrayContaining([...named]));
    for (const option of OPTIONS) {
      const given = [command, `--${option}`, ...(WITH_VALUE.has(option) ? ['value'] : [])];
      const expected = named.includes(option)
        ? { ok: true }
        : { ok: false, fault: `${command} has no option --${option}.` };
      expect(readArguments(given)).toMatchObject(expected);
    }
  });

  it('drops nothing where only a purge knows a dry run', () => {
    expect(readArguments(['dead-letter', 'drop', '--all', '--dry-run'])).toEqual({
      ok: false,
      fault: 'dead-letter has no option --dry-run.',
    });
  });

  it.each([
    [['fly'], 'There is no command "fly".'],
    [['serve', '--fly'], "Unknown option '--fly'."],
    [['serve', '--config'], "Option '--config <value>' argument missing"],
  ])('%j is none', (args, fault) => {
    expect(readArguments(args)).toEqual({ ok: false, fault });
  });
});

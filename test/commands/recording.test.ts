import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readEventTexts, readRecording } from '../../src/commands/recording.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

function fileWith(text: string): string {
  const file = join(temporaryDirectory(), 'run.jsonl');
  writeFileSync(file, text);
  return file;
}

it.each([
  ['', 'it is empty'],
  ['{"id": "e1"}\nnot JSON\n', 'line 2 is not JSON'],
])('to be sent, says which file and what is wrong with %j', (text, what) => {
  const file = fileWith(text);
  const fault = expect.objectContaining({ code: 'CREWSPAN_INPUT', message: expect.stringContaining(what) });
  expect(() => readEventTexts(file)).toThrow(fault);
  expect(() => readEventTexts(file)).toThrow(file);
});

it('to be sent, may be of any depth', () => {
  const event = `{"id":"e1","data":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
  expect(readEventTexts(fileWith(event))).toEqual([event]);
});

it('to be drawn, says which file and what is wrong with it', () => {
  const file = fileWith('{"hello": 1}');
  expect(() => readRecording(file)).toThrow(
    `${file} holds no webhook events: line 1: the body has no \`events\` array.`,
  );
});

it('to be drawn, may be one body of more events than a call takes arguments', () => {
  const event = '{"id":"1","execution_id":"run","type":"x","timestamp":"2026-01-01T00:00:00Z"}';
  const file = fileWith(`{"events":[${new Array(200_000).fill(event).join(',')}]}`);
  expect(readRecording(file).events).toHaveLength(200_000);
});

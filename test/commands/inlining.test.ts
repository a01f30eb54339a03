import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const MODULE = new URL('../../dist/commands/inlining.js', import.meta.url).href;

test('this V8 knows the limits that are set', async () => {
  const program = `import { limitInlining } from ${JSON.stringify(MODULE)}; limitInlining(); console.log('went on');`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  expect(stderr).toBe('');
  expect(stdout).toBe('went on\n');
});

import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They take minutes: vitest.breaking.config.ts.
    exclude: [...configDefaults.exclude, 'test/breaking/**', 'test/memory/**'],
    // A guard against what never ends, on a machine that is busy with something else, too.
    testTimeout: 120_000,
    // Many tests wait for processes and disks; by itself vitest leaves a core free, on two cores half of the machine.
    maxWorkers: '100%',
    // For the tests that show that memory is let go of.
    execArgv: ['--expose-gc'],
  },
});

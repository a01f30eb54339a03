import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They take minutes: vitest.breaking.config.ts.
    exclude: [...configDefaults.exclude, 'test/breaking/**', 'test/memory/**'],
    testTimeout: 30_000,
    // For the tests that show that memory is let go of.
    execArgv: ['--expose-gc'],
  },
});

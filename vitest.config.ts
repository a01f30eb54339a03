import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // For the tests that show that memory is let go of.
    execArgv: ['--expose-gc'],
  },
});

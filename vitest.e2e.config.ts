import { defineConfig } from 'vitest/config';

/** The end-to-end suite: see test/e2e/README.md. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    globalSetup: 'test/e2e/support/programs.ts',
    // Every file starts real programs; side by side they would only wait for each other.
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

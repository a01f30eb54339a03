import { defineConfig } from 'vitest/config';

/** Tests that break things: real processes, disks and backends. They take minutes, and want the machine to themselves. */
export default defineConfig({
  test: {
    include: ['test/breaking/**/*.test.ts', 'test/memory/**/*.test.ts'],
    testTimeout: 300_000,
    maxWorkers: 1,
    fileParallelism: false,
  },
});

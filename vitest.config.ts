import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Real pipelines and browsers start in tests, on machines with two cores: limits are there
    // to end a hung test, never to measure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['{appliance,upstream,proto,image}/**/*.test.ts'],
          exclude: ['appliance/e2e/**'],
        },
      },
      { extends: true, test: { name: 'e2e', include: ['appliance/e2e/**/*.test.ts'], fileParallelism: false } },
    ],
  },
});

import { defineConfig } from 'vitest/config';
import type { Reporter } from 'vitest/node';

/** One closing line that any reader of the log, person or program, can count on. */
const closingLine: Reporter = {
  onTestRunEnd(modules) {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const count = (state: string) => states.filter((each) => each === state).length;
    console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
  },
};

export default defineConfig({
  test: {
    reporters: ['default', closingLine],
    // Real pipelines and browsers start in tests, on machines with two cores: limits are there
    // to end a hung test, never to measure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // By itself it is one second. (vi.waitUntil knows no such setting: tests use expect.poll.)
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['{appliance,upstream,proto,image}/**/*.test.ts'],
          exclude: ['appliance/e2e/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['appliance/e2e/**/*.test.ts'],
          // It writes docs/screenshots: on request only.
          exclude: process.env.PERCH_SCREENSHOTS === '1' ? [] : ['appliance/e2e/screenshots.test.ts'],
          fileParallelism: false,
        },
      },
    ],
  },
});

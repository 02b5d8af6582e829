import { defineConfig } from 'vitest/config';

/** `make image-test`: apart from the other tests, since it needs a built image and takes minutes. */
export default defineConfig({
  test: {
    include: ['image/boot-test/*.boot.ts'],
    // What an emulated machine does takes ten times as long as on a Pi 4, on a busy host more: limits are there to
    // end a hung test, never to measure.
    testTimeout: 600_000,
    hookTimeout: 900_000,
    teardownTimeout: 60_000,
    // Each boots a machine of two cores: two of them at once on two cores took longer than one after the other.
    fileParallelism: false,
    reporters: ['verbose'],
  },
});

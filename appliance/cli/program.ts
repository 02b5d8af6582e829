/**
 * Where `perch` begins. The words are loaded with the packages they need; when those are damaged a sentence says so,
 * and `perch doctor`, which needs none, still runs.
 */
if (process.argv[2] === 'doctor') {
  // Built as one file of its own (see build.mjs): it is not part of this program.
  await import(new URL('./doctor.js', import.meta.url).href);
} else {
  await import('./perch.ts').catch((error: unknown) => {
    console.error(`perch: its packages are damaged: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    console.error('What to do: perch doctor');
    process.exit(1);
  });
}

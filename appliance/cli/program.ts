/**
 * Where `perch` begins. The rest is one file with the packages it needs; when something of it is damaged a sentence says
 * so, and `perch doctor`, which needs none of it, still runs.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { keepCodeCache, runWithCodeCache } from './code-cache.ts';

/** Set by build.mjs: the built perch.ts. A hash is part of its name, so that no cache of another program is taken for its own. */
declare const PERCH_PROGRAM: string;

if (process.argv[2] === 'doctor') {
  // Built as one file of its own (see build.mjs): it is not part of this program.
  await import(new URL('./doctor.js', import.meta.url).href);
} else {
  const program = fileURLToPath(new URL(PERCH_PROGRAM, import.meta.url));
  const kept = process.env.PERCH_KEEP_CODE_CACHE;
  try {
    if (kept !== undefined) keepCodeCache(program, kept);
    else if (!runWithCodeCache(program)) createRequire(import.meta.url)(program);
  } catch (error) {
    console.error(`perch: its packages are damaged: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    console.error('What to do: perch doctor');
    process.exit(1);
  }
}

/**
 * V8's code cache: what it made of the program's text the last time, so that a start need not make it again, which is a
 * third of a start. The package makes it when it is installed (systemd/bin/code-cache), as root, where nobody else may
 * write: what stands in it is run as it is. Without one, or with one of another Node, the program starts more slowly.
 *
 * Node 22 can do this by itself (module.enableCompileCache); Debian 13 and Raspberry Pi OS have Node 20.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/** Of the hash that stands before the cache: V8 itself does not find out that bytes are torn. */
const hashBytes = 32;

/** Runs a built CommonJS program with the cache beside it. @returns false, and nothing has run, when there is none that fits */
export function runWithCodeCache(program: string): boolean {
  const cachedData = readCache(program);
  if (cachedData === undefined) return false;
  const script = scriptOf(program, cachedData);
  if (script.cachedDataRejected) return false;
  run(script, program);
  return true;
}

/** Runs it, and writes what V8 made of it to `path` when it ends. */
export function keepCodeCache(program: string, path: string): void {
  const script = scriptOf(program);
  process.once('exit', () => {
    const cache = script.createCachedData();
    writeFileSync(path, Buffer.concat([hashOf(cache), cache]));
  });
  run(script, program);
}

/** Where a program's cache stands. */
export function codeCacheOf(program: string): string {
  return program.replace(/\.cjs$/, '.cache');
}

function readCache(program: string): Buffer | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(codeCacheOf(program));
  } catch {
    return undefined;
  }
  const cache = bytes.subarray(hashBytes);
  return hashOf(cache).equals(bytes.subarray(0, hashBytes)) ? cache : undefined;
}

function scriptOf(program: string, cachedData?: Buffer): Script {
  // esbuild writes ASCII: a byte is a character.
  const text = Module.wrap(readFileSync(program, 'latin1'));
  return new Script(text, { filename: program, ...(cachedData && { cachedData }) });
}

/** As Node's own loader does it. */
function run(script: Script, program: string): void {
  const module = { exports: {} };
  const wrapper = script.runInThisContext() as (...args: unknown[]) => void;
  wrapper(module.exports, createRequire(program), module, program, dirname(program));
}

function hashOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

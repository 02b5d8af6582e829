/** What a process uses, as Linux counts it. */
import { readFile } from 'node:fs/promises';

/** Of `utime` and `stime` in /proc/PID/stat; the kernel shows 100 a second to every program (USER_HZ). */
const ticksPerSecond = 100;

export interface Memory {
  /** MB (10^6) in RAM, shared pages counted in full. */
  readonly rss: number;
  /** MB in RAM, each shared page divided by those who share it. */
  readonly pss: number;
}

/** Processor time used so far by all threads of a process, in seconds. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The command in parentheses may hold anything; utime and stime are the 12th and 13th fields after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

export async function memory(pid: number): Promise<Memory> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const field = (name: string) => (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1]) * 1024) / 1e6;
  return { rss: field('Rss'), pss: field('Pss') };
}

/** Percent of one core that each process uses over `ms` milliseconds. */
export async function cpuShares(pids: readonly number[], ms: number): Promise<number[]> {
  const before = await Promise.all(pids.map(cpuSeconds));
  const began = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const after = await Promise.all(pids.map(cpuSeconds));
  const seconds = (performance.now() - began) / 1000;
  return after.map((value, at) => ((value - (before[at] ?? 0)) / seconds) * 100);
}

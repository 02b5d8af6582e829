/** A finding as a sentence; for the page and the shell alike. */
import type { Finding } from './findings.ts';

/** "Under-voltage since 14:02: use a 5 V 3 A supply." The time is left out for what has just been seen. */
export function sayFinding({ what, advice, since }: Finding, now: number): string {
  const begin = now - since < 60_000 ? what : `${what} since ${clockText(since, now)}`;
  return `${begin}: ${advice.charAt(0).toLowerCase()}${advice.slice(1)}`;
}

/** The time of day, with the day when it is another one. */
export function clockText(at: number, now: number): string {
  const date = new Date(at);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** The figures as they go over HTTP and into files: the same, with names_like_this. */
import type { HealthNow } from './health.ts';

type Snake<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : Name;

export type Snaked<T> = T extends readonly (infer Each)[]
  ? readonly Snaked<Each>[]
  : T extends object
    ? { readonly [Key in keyof T as Snake<Key & string>]: Snaked<T[Key]> }
    : T;

/** What `GET /api/health` says of the machine, the cameras, and what is wrong. */
export type WireHealth = Snaked<Pick<HealthNow, 'machine' | 'cameras' | 'findings'>> & {
  /** When the machine's figures were taken, in ms since 1970. */
  readonly taken: number;
};

/** The same value, every key in it written with underscores. */
export function snaked<T>(value: T): Snaked<T> {
  if (Array.isArray(value)) return value.map(snaked) as Snaked<T>;
  if (value === null || typeof value !== 'object') return value as Snaked<T>;
  const entries = Object.entries(value).map(([key, each]) => [
    key.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`),
    snaked(each as unknown),
  ]);
  return Object.fromEntries(entries) as Snaked<T>;
}

/** What is told to the world; the facts stand in the findings. */
export function wireHealth({ now, machine, cameras, findings }: HealthNow): WireHealth {
  return { taken: now, ...snaked({ machine, cameras, findings }) };
}

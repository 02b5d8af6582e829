/**
 * The names of cameras that are found, not configured. Settings are saved by name: a camera keeps its own whatever else is
 * plugged in beside it, and in whatever order the system finds them at the next start.
 */
import * as z from 'zod';
import type { CameraConfig, Source } from '../config.ts';
import type { Logger } from '../log.ts';
import { Document } from '../store/document.ts';

/** A camera as it is found, with what tells it from others. */
export interface FoundCamera {
  readonly source: Source;
  /** What it calls itself: "HD Pro Webcam C920"; of a CSI camera its place on the bus. */
  readonly model: string;
  /** Where it is plugged in: "usb-0000:01:00.0-1.3". */
  readonly socket: string;
}

type Marks = Pick<FoundCamera, 'model' | 'socket'>;
/** Which camera had a name last. */
export type KnownNames = Readonly<Record<string, Marks>>;

/**
 * A name for each, in their order: the one it had in this socket; or, when only one of its kind is missing elsewhere, that
 * one's, since it was plugged in anew; or a free one, the first being "camera", the next "camera2". On a device that has
 * only ever had one camera, another one takes its place and its name.
 * @param taken names that others have now
 */
export function nameCameras(found: readonly Marks[], known: KnownNames, taken: ReadonlySet<string>): string[] {
  const given = new Set(taken);
  const take = <Name extends string | undefined>(name: Name): Name => {
    if (name !== undefined) given.add(name);
    return name;
  };
  const free = (fits: (one: Marks) => boolean): string[] =>
    Object.keys(known).filter((name) => !given.has(name) && known[name] !== undefined && fits(known[name]));
  // All in their old sockets first: what is missing then, was moved.
  const inPlace = found.map(({ model, socket }) =>
    take(free((one) => one.model === model && one.socket === socket)[0]),
  );
  return found.map(({ model }, at) => {
    const replaced = found.length === 1 && Object.keys(known).length === 1;
    const moved = free((one) => replaced || one.model === model);
    return inPlace[at] ?? take((moved.length === 1 ? moved[0] : undefined) ?? freeName(known, given));
  });
}

function freeName(known: KnownNames, given: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? 'camera' : `camera${number}`;
    if (!given.has(name) && known[name] === undefined) return name;
  }
}

const schema = z.record(z.string(), z.object({ model: z.string(), socket: z.string() }));

/** The names that were given, kept in a file. */
export class CameraNames {
  readonly #known: Document<KnownNames>;

  private constructor(known: Document<KnownNames>) {
    this.#known = known;
  }

  static async open(path: string, log: Logger): Promise<CameraNames> {
    const parse = (value: unknown) => schema.parse(value);
    return new CameraNames(await Document.open<KnownNames>({ path, log, parse, initial: {} }));
  }

  /** Names each of these, and remembers it. `others`: those that are there already. */
  give(found: readonly FoundCamera[], others: ReadonlyMap<string, unknown> = new Map()): CameraConfig[] {
    const names = nameCameras(found, this.#known.value, new Set(others.keys()));
    const named = found.map(({ source, model, socket }, at) => ({ name: names[at] ?? '', source, model, socket }));
    const news = named.filter(({ name, model, socket }) => {
      const before = this.#known.value[name];
      return before?.model !== model || before.socket !== socket;
    });
    if (news.length > 0) {
      const marks = news.map(({ name, model, socket }) => [name, { model, socket }] as const);
      this.#known.update((value) => ({ ...value, ...Object.fromEntries(marks) }));
    }
    return named.map(({ name, source }) => ({ name, source }));
  }

  close(): Promise<void> {
    return this.#known.close();
  }
}

/** Whether a new version does as well as the one before it. */

/** What a running Perch tells of itself over its local socket, for this comparison. */
export interface Vitals {
  readonly version: string;
  /** Where its page is; the first is asked. */
  readonly addresses: readonly { readonly protocol: 'http' | 'https'; readonly host: string; readonly port: number }[];
  readonly cameras: readonly {
    readonly name: string;
    readonly state: string;
    /** Pictures per second, measured. */
    readonly fps: number;
    /** The state in a sentence. */
    readonly message: string;
  }[];
  /** State of the link to the relay; `off` where there is none. */
  readonly link: string;
}

/** What is seen of the running program at one moment. */
export interface Look {
  /** Undefined when it does not answer. */
  readonly vitals: Vitals | undefined;
  /** Whether its page answers. */
  readonly page: boolean;
}

/**
 * What is not as it was before, or as it must be, in a sentence; undefined when all is well.
 * @param before undefined when nothing ran before: then only the page counts
 */
export function whatIsWrong(version: string, before: Vitals | undefined, { vitals, page }: Look): string | undefined {
  if (!vitals) return 'The program does not answer.';
  if (vitals.version !== version) return `Perch ${vitals.version} runs in its place.`;
  if (!page) return 'Its page does not answer.';
  for (const camera of before?.cameras ?? []) {
    if (camera.state !== 'live') continue;
    const now = vitals.cameras.find(({ name }) => name === camera.name);
    if (!now) return `The camera "${camera.name}" was there before, and is not now.`;
    if (now.state !== 'live' || now.fps <= 0)
      return `The camera "${camera.name}" gave pictures before, and does not now. ${now.message}`.trim();
  }
  if (before?.link === 'connected' && vitals.link !== 'connected') return 'The link to the relay did not come back.';
  return undefined;
}

export interface Watching {
  readonly version: string;
  readonly before: Vitals | undefined;
  readonly look: () => Promise<Look>;
  /** Whether the trial is still on; it ends when too many starts failed. */
  readonly on: () => Promise<boolean>;
  /** Waits between two looks. */
  readonly pause: (ms: number) => Promise<void>;
  readonly progress: (sentence: string) => void;
}

/** Between two looks, in ms. */
const everyMs = 2_000;
/** All is well when it was for so many looks in a row: 10 s, so that a first picture is not taken for a stream. */
const looksInARow = 5;
/** A Zero 2 W starts in some 20 s; the link may wait half a minute before it tries again. */
const looksMost = 75;

/** Watches until the new version has proved itself (undefined) or has not (the sentence why). */
export async function watchTrial({
  version,
  before,
  look,
  on,
  pause,
  progress,
}: Watching): Promise<string | undefined> {
  let good = 0;
  let wrong: string | undefined = 'It was not looked at.';
  let said: string | undefined;
  for (let looks = 0; looks < looksMost; looks++) {
    if (!(await on())) return 'It ended again and again at its start.';
    wrong = whatIsWrong(version, before, await look());
    good = wrong === undefined ? good + 1 : 0;
    if (good >= looksInARow) return undefined;
    const now = wrong ?? 'All is well so far.';
    if (now !== said) progress(`Watching Perch ${version}. ${now}`);
    said = now;
    await pause(everyMs);
  }
  return wrong ?? 'It was not steady.';
}

/** What ended a worker, and what is done about it: pure, from facts to a sentence and a wait. */
import type { Source } from '../config.ts';
import type { CameraState } from './types.ts';

export type Fact =
  | {
      readonly kind: 'error';
      readonly element: string;
      readonly message: string;
      readonly debug: string;
      readonly domain: string;
      readonly code: number;
    }
  | { readonly kind: 'ended' }
  | { readonly kind: 'exit'; readonly why: string }
  | { readonly kind: 'stalled' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'unshown' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable'; readonly problem: string }
  | { readonly kind: 'failed'; readonly message: string };

export interface Trouble {
  /**
   * `pipeline`: what was asked for could not be made. `device`: the source is not there or no use. `exit` and `stalled`:
   * the process.
   */
  readonly kind: 'pipeline' | 'device' | 'exit' | 'stalled';
  readonly state: CameraState;
  /** For people. */
  readonly sentence: string;
}

/** Says what a fact means for a camera with this source. */
export function troubleOf(fact: Fact, source: Source): Trouble {
  switch (fact.kind) {
    case 'absent':
      return { kind: 'device', state: 'missing', sentence: absent(source) };
    case 'unusable':
      return { kind: 'device', state: 'missing', sentence: fact.problem };
    case 'exit':
      return {
        kind: 'exit',
        state: 'reconnecting',
        sentence: `The camera's process ${fact.why}. It is started again.`,
      };
    case 'stalled':
      return {
        kind: 'stalled',
        state: 'reconnecting',
        sentence: 'The camera stopped sending pictures. It is started again.',
      };
    case 'unshown':
      return {
        kind: 'stalled',
        state: 'reconnecting',
        sentence: 'No picture came after a change. The camera is started again.',
      };
    case 'refused':
      return {
        kind: 'pipeline',
        state: 'reconnecting',
        sentence: `The change could not be made: ${fact.message}. The camera is started again.`,
      };
    case 'silent':
      return { kind: 'stalled', state: 'reconnecting', sentence: 'The camera sends no picture. It is started again.' };
    case 'ended':
      return source.kind === 'file'
        ? { kind: 'exit', state: 'reconnecting', sentence: 'The recording came to its end. It is started again.' }
        : { kind: 'device', state: 'missing', sentence: absent(source) };
    case 'failed':
    case 'error':
      return broken(fact.message, fact.kind === 'error' ? fact : undefined, source);
  }
}

function broken(message: string, error: Extract<Fact, { kind: 'error' }> | undefined, source: Source): Trouble {
  const said = `${message} ${error?.debug ?? ''}`;
  const resource = error?.domain.includes('resource') === true;
  if (source.kind === 'file') {
    if (resource && /No such file|not found/i.test(said))
      return { kind: 'device', state: 'missing', sentence: absent(source) };
    const decoding =
      error === undefined
        ? /typefind|could not link/.test(said)
        : /typefind|decod|demux|parse|source|loop/i.test(error.element);
    if (decoding) {
      return {
        kind: 'device',
        state: 'missing',
        sentence: `${source.path} cannot be played: it is no video that this device can read. Put a video file there (MP4, MKV or AVI) and it plays by itself.`,
      };
    }
  }
  if (source.kind === 'v4l2' && (resource || error?.element === 'source')) {
    if (/busy/i.test(said)) {
      return {
        kind: 'device',
        state: 'missing',
        sentence: `Another program uses the camera ${source.device}. Close it and the picture comes by itself.`,
      };
    }
    // It says so when it is pulled out; anything else is a camera that is there and will not.
    if (resource && /No such (file|device)|Could not read|Cannot identify|not a capture|disappear|unplug/i.test(said)) {
      return { kind: 'device', state: 'missing', sentence: absent(source) };
    }
  }
  if (source.kind === 'libcamera' && (resource || error?.element === 'source')) {
    return { kind: 'device', state: 'missing', sentence: absent(source) };
  }
  return {
    kind: 'pipeline',
    state: 'reconnecting',
    sentence: `The picture broke off: ${message.replace(/\.$/, '')}. It is started again.`,
  };
}

function absent(source: Source): string {
  switch (source.kind) {
    case 'file':
      return `There is no file ${source.path}. Put a video there and it plays by itself.`;
    case 'v4l2':
      return 'Camera unplugged. Plug it in and the picture comes back by itself.';
    case 'libcamera':
      return 'The camera module does not answer. Check its ribbon cable; the picture comes back by itself.';
    case 'test':
      return 'The synthetic picture broke off. It is started again.';
  }
}

const waits = [0, 250, 500, 1000, 2000, 5000, 10_000] as const;

/** How long to wait before the next attempt, in ms; `attempts` failed without a picture before this one. */
export function backoffMs(attempts: number, trouble: Trouble, source: Source): number {
  // A file changes and a device is plugged in: both are told. Asking now and then is for where nothing tells.
  if (trouble.kind === 'device') return source.kind === 'file' ? 60_000 : attempts === 0 ? 1000 : 5000;
  return waits[Math.min(attempts, waits.length - 1)] ?? 10_000;
}

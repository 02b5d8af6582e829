/** The picture by Media Source Extensions over a WebSocket: passes wherever the page itself did. */
import { type FragmentFacts, readFragment } from './fragment.ts';
import { address, makeVideo, type Session, type SessionOptions, watchFrames } from './session.ts';

/** iPhones have this one only; it is not in the DOM types. */
type Source = MediaSource & { readonly readyState: string };
interface SourceClass {
  new (): Source;
  isTypeSupported(type: string): boolean;
}

/**
 * How far behind the newest picture playback may run, in seconds. Below `near` it slows a little so that
 * pictures do not come late; above `far` it hurries; above `lost` it jumps to the next key frame.
 */
const near = 0.01;
const far = 0.05;
const lost = 1;
/** Seconds kept behind the playback position. */
const kept = 10;
/**
 * A key frame costs all viewers bits: one is asked for this often at the most (ms), and more rarely for a page
 * that nobody sees, whose playback the browser may have stopped.
 */
const keyEvery = 1_000;
const keyEveryHidden = 30_000;
/** Answers to "clock" are asked for this often, ms. */
const clockEvery = 10_000;

export class MseSession implements Session {
  readonly transport = 'mse';
  readonly element = makeVideo();
  readonly #options: SessionOptions;
  readonly #socket: WebSocket;
  readonly #source: Source;
  readonly #url: string;
  readonly #unwatch: () => void;
  #buffer: SourceBuffer | undefined;
  #type: string | undefined;
  #queue: (ArrayBuffer | { readonly type: string })[] = [];
  #keys: number[] = [];
  #newest: number | undefined;
  /** Least lead of arriving pictures over the playback position lately, seconds. */
  #lead = { least: Number.POSITIVE_INFINITY, since: performance.now() };
  #jumpAtKey = true;
  #jumpTo: number | undefined;
  #keyAskedAt = Number.NEGATIVE_INFINITY;
  #clockAskedAt = Number.NEGATIVE_INFINITY;
  #over = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { base, camera } = options;
    const Class = sourceClass();
    if (!Class) throw new Error('This browser has no Media Source Extensions.');
    this.#source = new Class();
    this.#url = URL.createObjectURL(this.#source);
    this.element.src = this.#url;
    this.#source.addEventListener('sourceopen', () => this.#feed());
    this.element.addEventListener('error', () => this.#end('The browser could not play the picture.'));
    this.#socket = new WebSocket(address(base, `/api/mse/${encodeURIComponent(camera)}`).replace(/^http/, 'ws'));
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.addEventListener('open', () => this.#askClock());
    this.#socket.addEventListener('message', ({ data }) => this.#hear(data));
    this.#socket.addEventListener('close', ({ reason }) => this.#end(reason || 'The connection was lost.'));
    this.#unwatch = watchFrames(
      this.element,
      options.clock,
      (metadata) => Math.round((metadata?.mediaTime ?? this.element.currentTime) * 1_000_000),
      (frame) => options.events.frame(frame),
    );
  }

  /** Whether this browser can do it. */
  static get supported(): boolean {
    return typeof WebSocket !== 'undefined' && sourceClass() !== undefined;
  }

  get healthy(): boolean {
    return !this.#over && this.#socket.readyState === WebSocket.OPEN;
  }

  tend(): void {
    if (this.#over) return;
    if (performance.now() - this.#clockAskedAt > clockEvery) this.#askClock();
    if (this.element.paused && this.#newest !== undefined) this.element.play().catch(() => {});
    if (this.#jumpAtKey && this.#newest !== undefined) this.#askKey();
    this.#healGap();
    this.#trim();
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#unwatch();
    this.#socket.close();
    // The last picture stays on the element as long as its source does.
    this.element.pause();
    URL.revokeObjectURL(this.#url);
  }

  #askClock(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#clockAskedAt = performance.now();
    this.#socket.send('clock');
  }

  #askKey(): void {
    const every = document.hidden ? keyEveryHidden : keyEvery;
    if (this.#socket.readyState !== WebSocket.OPEN || performance.now() - this.#keyAskedAt < every) return;
    this.#keyAskedAt = performance.now();
    this.#socket.send('key');
  }

  #hear(data: unknown): void {
    if (this.#over) return;
    if (typeof data === 'string') {
      const clock = /^clock (\d+)$/.exec(data)?.[1];
      if (clock) this.#options.clock.sample(this.#clockAskedAt, performance.now(), Number(clock));
      else this.#takeType(`video/mp4; codecs="${data}"`);
    } else if (data instanceof ArrayBuffer) {
      const facts = readFragment(data);
      if (facts) this.#note(facts);
      this.#queue.push(data);
      this.#feed();
    }
  }

  #takeType(type: string): void {
    if (!sourceClass()?.isTypeSupported(type)) this.#end(`This browser cannot play ${type}.`, true);
    else this.#queue.push({ type });
  }

  /** Keeps playback at the live edge, judged by each picture that arrives. */
  #note({ time, key }: FragmentFacts): void {
    this.#newest = time;
    if (key) {
      this.#keys.push(time);
      if (this.#jumpAtKey) {
        this.#jumpAtKey = false;
        this.#jumpTo = time;
      }
    }
    if (this.#jumpTo !== undefined || this.#jumpAtKey) return;
    const lead = time - this.element.currentTime;
    if (lead > lost) {
      // Seeking means decoding from the key frame before: a fresh one makes that nothing.
      this.#jumpAtKey = true;
      this.#askKey();
      return;
    }
    const now = performance.now();
    this.#lead.least = Math.min(this.#lead.least, lead);
    if (now - this.#lead.since < 250) return;
    this.element.playbackRate = rateFor(this.#lead.least);
    this.#lead = { least: Number.POSITIVE_INFINITY, since: now };
  }

  /** Appends what waits. Everything up to the next change of type goes in one piece. */
  #feed(): void {
    if (this.#over || this.#source.readyState !== 'open' || this.#buffer?.updating) return;
    try {
      for (let first = this.#queue[0]; first !== undefined && !(first instanceof ArrayBuffer); first = this.#queue[0]) {
        this.#queue.shift();
        this.#useType(first.type);
      }
      const until = this.#queue.findIndex((item) => !(item instanceof ArrayBuffer));
      const count = until === -1 ? this.#queue.length : until;
      const pieces = this.#queue.slice(0, count).filter((piece) => piece instanceof ArrayBuffer);
      if (pieces.length > 0) this.#buffer?.appendBuffer(joined(pieces));
      else this.#settle();
      // Not before: what the browser had no room for is still there.
      this.#queue.splice(0, count);
    } catch (error) {
      if ((error as Error).name === 'QuotaExceededError' && this.#makeRoom()) return;
      this.#end(`The browser could not take the picture (${(error as Error).name}).`);
    }
  }

  /**
   * The browser holds no more. What was played goes, up to a key frame; when that is nothing, everything does, and
   * playback goes on at the newest key frame. The end of it has `#feed` try again. False: there is nothing to remove.
   */
  #makeRoom(): boolean {
    const { buffered, currentTime } = this.element;
    if (!this.#buffer || buffered.length === 0) return false;
    const played = this.#keys.findLast((key) => key <= currentTime);
    // A millisecond, lest rounding have it remove nothing again and again.
    if (played !== undefined && buffered.start(0) < played - 0.001) {
      this.#keys = this.#keys.filter((key) => key >= played);
      this.#buffer.remove(0, played);
      return true;
    }
    const facts = this.#queue.map((item) => (item instanceof ArrayBuffer ? readFragment(item) : undefined));
    const from = facts.findLastIndex((each) => each?.key);
    // What is no picture (a type, what begins a new one) is needed all the same.
    this.#queue = this.#queue.filter((_item, at) => facts[at] === undefined || (from !== -1 && at >= from));
    this.#jumpTo = facts[from]?.time;
    this.#jumpAtKey = this.#jumpTo === undefined;
    this.#keys = this.#jumpTo === undefined ? [] : [this.#jumpTo];
    if (this.#jumpAtKey) this.#askKey();
    // What comes next begins with a key frame, whatever was in the middle of coming.
    this.#buffer.abort();
    this.#buffer.remove(0, Number.POSITIVE_INFINITY);
    return true;
  }

  #useType(type: string): void {
    if (!this.#buffer) {
      this.#buffer = this.#source.addSourceBuffer(type);
      this.#buffer.addEventListener('updateend', () => this.#feed());
    } else if (type !== this.#type) this.#buffer.changeType(type);
    this.#type = type;
  }

  /** Everything that came is appended. */
  #settle(): void {
    if (this.#jumpTo === undefined || this.element.readyState < HTMLMediaElement.HAVE_METADATA) return;
    this.element.currentTime = this.#jumpTo;
    this.#jumpTo = undefined;
    this.#lead = { least: Number.POSITIVE_INFINITY, since: performance.now() };
    this.element.play().catch(() => {});
  }

  /** The server left pictures out for a slow connection: playback stands before a gap and has to be lifted over. */
  #healGap(): void {
    const { buffered, currentTime } = this.element;
    if (buffered.length === 0 || this.#jumpTo !== undefined) return;
    const start = buffered.start(buffered.length - 1);
    if (currentTime < start) this.element.currentTime = start;
  }

  /** Removing must stop at a key frame: up to the next one everything would go with it (MSE, coded frame removal). */
  #trim(): void {
    if (!this.#buffer || this.#buffer.updating || this.#source.readyState !== 'open') return;
    const { currentTime, buffered } = this.element;
    const newestKey = this.#keys.at(-1);
    if (newestKey !== undefined && this.#newest !== undefined && this.#newest - newestKey > 3 * kept) {
      // A very long group of pictures: without a key frame nothing could ever be removed.
      this.#askKey();
    }
    const until = this.#keys.findLast((key) => key < currentTime - kept);
    if (until === undefined || buffered.length === 0) return;
    this.#keys = this.#keys.filter((key) => key >= until);
    if (buffered.start(0) < until) this.#buffer.remove(0, until);
  }

  #end(sentence: string, final = false): void {
    if (this.#over) return;
    this.close();
    this.#options.events.ended(sentence, final);
  }
}

/** Playback rate for the least lead (seconds) that pictures had over the position of late. */
export function rateFor(lead: number): number {
  if (lead < near) return 0.97;
  if (lead <= far) return 1;
  return Math.min(1.05 + (lead - far), 1.5);
}

function joined(pieces: readonly ArrayBuffer[]): ArrayBuffer {
  const [first] = pieces;
  if (first && pieces.length === 1) return first;
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(new Uint8Array(piece), at);
    at += piece.byteLength;
  }
  return all.buffer;
}

function sourceClass(): SourceClass | undefined {
  const { MediaSource: plain, ManagedMediaSource: managed } = globalThis as unknown as {
    MediaSource?: SourceClass;
    ManagedMediaSource?: SourceClass;
  };
  return plain ?? managed;
}

/**
 * A camera's live picture. WebRTC and Media Source Extensions start side by side and the first picture is
 * shown; MJPEG is the last resort. Once one has won, its element and its connection stay through every
 * change on the server; when the connection itself is lost, it is made anew while the last picture stays.
 */
import { CameraClock } from './clock.ts';
import { MjpegSession } from './mjpeg.ts';
import { MseSession } from './mse.ts';
import type { Frame, Session, SessionOptions, Transport } from './session.ts';
import { WebRtcSession } from './webrtc.ts';

export type PlayerState =
  | { readonly kind: 'stopped' }
  /** No picture yet. */
  | { readonly kind: 'connecting'; readonly sentence: string }
  | { readonly kind: 'playing' }
  /** The connection stands, but the last picture is `ageMs` old. */
  | { readonly kind: 'stale'; readonly ageMs: number; readonly sentence: string }
  /** The connection is gone and is being made anew; the last picture, if any, is `ageMs` old. */
  | { readonly kind: 'reconnecting'; readonly ageMs: number | undefined; readonly sentence: string };

export interface PlayerEvents {
  /** Whenever the state changes; while stale or reconnecting also as the age grows, about four times a second. */
  state: PlayerState;
  /** What the picture comes by; undefined while undecided. */
  transport: Transport | undefined;
  frame: Frame;
  /** Size of the picture in pixels. */
  size: { readonly width: number; readonly height: number };
}

export interface PlayerOptions {
  /** Address of the appliance; "" (the default) for the page's own. */
  readonly base?: string;
  /** The camera's name. */
  readonly camera: string;
  /** The picture's element is put in here; it should be positioned. */
  readonly into: HTMLElement;
  /** The camera's clock, where the page keeps one; the player feeds it too. */
  readonly clock?: CameraClock;
  /** What to try; all by default. */
  readonly transports?: readonly Transport[];
}

/**
 * MSE often has its first picture a little earlier, WebRTC has all later ones much earlier: it may take over
 * within this time (ms) after MSE's first picture. Then it is decided for good.
 */
const grace = 2_000;
/** Without a picture after this time (ms) the last resort joins the race. */
const lastResortAfter = 4_000;
const tendEvery = 250;
/** A picture older than this (ms), or than three intervals of the last ones, is not live. */
const staleAfter = 1_000;
const backoffFrom = 250;
const backoffTo = 5_000;

type Listener<E extends keyof PlayerEvents> = (value: PlayerEvents[E]) => void;

export class Player {
  readonly clock: CameraClock;
  readonly #options: PlayerOptions;
  readonly #listeners = new Map<keyof PlayerEvents, Set<(value: never) => void>>();
  readonly #stopListening = new AbortController();
  /** Those that run for a first picture. */
  #racers = new Set<Session>();
  /** The one whose picture is shown, or was shown last. */
  #shown: Session | undefined;
  #decided = false;
  #state: PlayerState = { kind: 'stopped' };
  #transport: Transport | undefined;
  #size = '';
  #raceBegan = 0;
  #firstShownAt = 0;
  #lastFrame: Frame | undefined;
  #interval = 0;
  #visibleSince = 0;
  #backoff = backoffFrom;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #tick: ReturnType<typeof setInterval> | undefined;
  #trouble = '';
  #cannot = new Set<Transport>();

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.clock = options.clock ?? new CameraClock();
  }

  get state(): PlayerState {
    return this.#state;
  }

  /** What the picture comes by; undefined while undecided. */
  get transport(): Transport | undefined {
    return this.#transport;
  }

  /** From capture to presentation of the last picture, ms; undefined while not known. */
  get latencyMs(): number | undefined {
    return this.#lastFrame?.latencyMs;
  }

  /** The element with the picture; the same one for as long as the connection lives. */
  get element(): HTMLVideoElement | HTMLImageElement | undefined {
    return this.#shown?.element;
  }

  /** The connection of a picture that comes by WebRTC, for statistics. */
  get connection(): RTCPeerConnection | undefined {
    return this.#shown instanceof WebRtcSession ? this.#shown.connection : undefined;
  }

  /** Listens; the returned function ends it. */
  on<E extends keyof PlayerEvents>(event: E, listener: Listener<E>): () => void {
    const all = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, all);
    all.add(listener);
    return () => all.delete(listener);
  }

  start(): void {
    if (this.#state.kind !== 'stopped') return;
    const { signal } = this.#stopListening;
    document.addEventListener('visibilitychange', () => this.#visibilityChanged(), { signal });
    addEventListener('online', () => this.#hurry(), { signal });
    // Goodbye is said while it still can be; a page that comes back from the cache begins anew.
    addEventListener('pagehide', () => this.#dropAll(), { signal });
    addEventListener('pageshow', ({ persisted }) => persisted && this.#reconnect('The page was asleep.', 0), {
      signal,
    });
    this.#visibleSince = performance.now();
    this.#tick = setInterval(() => this.#tend(), tendEvery);
    this.#race();
  }

  /** Ends everything and takes the picture away. A stopped player is not started again. */
  stop(): void {
    this.#stopListening.abort();
    clearInterval(this.#tick);
    clearTimeout(this.#retry);
    this.#dropAll();
    this.#shown?.element.remove();
    this.#shown = undefined;
    this.#setState({ kind: 'stopped' });
  }

  #race(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#decided = false;
    this.#raceBegan = performance.now();
    this.#firstShownAt = 0;
    if (!this.#lastFrame) this.#setState({ kind: 'connecting', sentence: 'Connecting to the camera.' });
    for (const transport of ['webrtc', 'mse'] as const) this.#enter(transport);
    if (this.#racers.size === 0) this.#enter('mjpeg');
    if (this.#racers.size === 0)
      this.#setState({ kind: 'connecting', sentence: 'This browser cannot show live video.' });
  }

  #enter(transport: Transport): void {
    const { transports, base = '', camera, into } = this.#options;
    if ((transports && !transports.includes(transport)) || this.#cannot.has(transport)) return;
    if ([...this.#racers].some((racer) => racer.transport === transport)) return;
    const make = makers[transport];
    if (!make.supported()) return;
    const session: Session = make.session({
      base,
      camera,
      clock: this.clock,
      events: {
        frame: (frame) => this.#framed(session, frame),
        ended: (sentence, final) => this.#ended(session, sentence, final),
      },
    });
    session.element.style.cssText = 'position:absolute;inset:0;width:100%;height:100%;object-fit:contain';
    session.element.setAttribute('aria-label', `Live picture of ${camera}`);
    // Beneath the last picture until it has one of its own. Invisible ones would not be painted, nor report pictures.
    into.prepend(session.element);
    this.#racers.add(session);
  }

  #framed(session: Session, frame: Frame): void {
    if (session !== this.#shown) {
      if (!this.#racers.has(session) || !this.#maySucceed(session)) return;
      this.#show(session);
    }
    if (this.#lastFrame) {
      const passed = frame.presentedAt - this.#lastFrame.presentedAt;
      if (passed > 0) this.#interval = this.#interval ? this.#interval * 0.8 + passed * 0.2 : passed;
    }
    this.#lastFrame = frame;
    this.#tellSize(session);
    if (this.#state.kind !== 'playing') this.#setState({ kind: 'playing' });
    this.#emit('frame', frame);
  }

  /** The first one is shown; WebRTC may follow any other while it is not decided. */
  #maySucceed(session: Session): boolean {
    if (this.#decided) return false;
    return !this.#shown || !this.#racers.has(this.#shown) || session.transport === 'webrtc';
  }

  #show(session: Session): void {
    const before = this.#shown;
    this.#shown = session;
    this.#options.into.append(session.element);
    if (before) {
      this.#discard(before);
      before.element.remove();
    }
    this.#firstShownAt = performance.now();
    this.#interval = 0;
    const better = [...this.#racers].some((racer) => racer !== session && racer.transport === 'webrtc');
    if (!better || session.transport === 'webrtc') this.#decide();
  }

  #decide(): void {
    const winner = this.#shown;
    if (!winner || this.#decided) return;
    this.#decided = true;
    this.#backoff = backoffFrom;
    for (const racer of [...this.#racers]) {
      if (racer === winner) continue;
      this.#discard(racer);
      racer.element.remove();
    }
    this.#transport = winner.transport;
    this.#emit('transport', winner.transport);
  }

  #discard(session: Session): void {
    this.#racers.delete(session);
    session.close();
  }

  #ended(session: Session, sentence: string, final: boolean): void {
    if (!this.#racers.delete(session)) return;
    if (final) this.#cannot.add(session.transport);
    this.#trouble = sentence;
    // The last picture stays until there is a new one.
    if (session !== this.#shown) session.element.remove();
    if (this.#racers.size > 0) {
      if (session === this.#shown) this.#decided = false;
      if (this.#shown && this.#racers.has(this.#shown)) this.#decide();
      return;
    }
    this.#reconnect(sentence, this.#backoff);
    this.#backoff = Math.min(this.#backoff * 2, backoffTo);
  }

  #reconnect(sentence: string, wait: number): void {
    this.#dropAll();
    this.#trouble = sentence;
    this.#setState({ kind: 'reconnecting', ageMs: this.#age(), sentence });
    if (this.#transport) {
      this.#transport = undefined;
      this.#emit('transport', undefined);
    }
    // Some spread, so that all viewers of a camera that came back do not come at once.
    this.#retry = setTimeout(() => this.#race(), wait * (0.75 + Math.random() / 2));
  }

  /** Now is a good time to try. */
  #hurry(): void {
    this.#backoff = backoffFrom;
    if (this.#retry !== undefined) this.#race();
  }

  #dropAll(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    for (const racer of [...this.#racers]) {
      this.#discard(racer);
      if (racer !== this.#shown) racer.element.remove();
    }
    this.#decided = false;
  }

  #visibilityChanged(): void {
    if (document.hidden) return;
    this.#visibleSince = performance.now();
    for (const racer of this.#racers) racer.tend();
    this.#hurry();
  }

  #tend(): void {
    const now = performance.now();
    for (const racer of [...this.#racers]) racer.tend();
    // A hidden page presents no video, only JPEGs: the last resort would win every race that nobody sees.
    if (this.#racers.size > 0 && !this.#decided && !document.hidden) {
      const passed = (since: number) => now - Math.max(since, this.#visibleSince);
      if (this.#firstShownAt && passed(this.#firstShownAt) > grace) this.#decide();
      if (!this.#firstShownAt && passed(this.#raceBegan) > lastResortAfter) this.#enter('mjpeg');
    }
    this.#tellAge();
  }

  /** Browsers present nothing in a hidden page: pictures grow old from the moment it is seen again. */
  #tellAge(): void {
    if (document.hidden) return;
    const age = this.#age();
    const { kind } = this.#state;
    if (kind === 'connecting') {
      const waiting = [...this.#racers].some((racer) => racer.healthy);
      const sentence = waiting ? "Connected. Waiting for the camera's first picture." : 'Connecting to the camera.';
      if (this.#racers.size > 0) this.#setState({ kind, sentence });
    } else if (kind === 'reconnecting') {
      this.#setState({ kind, ageMs: age, sentence: this.#trouble });
    } else if (age !== undefined && (kind === 'playing' || kind === 'stale')) {
      const sinceVisible = performance.now() - this.#visibleSince;
      if (Math.min(age, sinceVisible) <= Math.max(staleAfter, 3 * this.#interval)) return;
      const sentence = `Last picture ${Math.round(age / 1000)} s ago. Waiting for the camera.`;
      this.#setState({ kind: 'stale', ageMs: age, sentence });
    }
  }

  /** How old the last picture is, ms. */
  #age(): number | undefined {
    return this.#lastFrame && performance.now() - this.#lastFrame.presentedAt;
  }

  #tellSize({ element }: Session): void {
    const video = element instanceof HTMLVideoElement;
    const width = video ? element.videoWidth : element.naturalWidth;
    const height = video ? element.videoHeight : element.naturalHeight;
    if (width === 0 || this.#size === `${width}x${height}`) return;
    this.#size = `${width}x${height}`;
    this.#emit('size', { width, height });
  }

  #setState(state: PlayerState): void {
    const before = this.#state;
    this.#state = state;
    const same =
      before.kind === state.kind && 'sentence' in before && 'sentence' in state && before.sentence === state.sentence;
    if (!same || 'ageMs' in state) this.#emit('state', state);
  }

  #emit<E extends keyof PlayerEvents>(event: E, value: PlayerEvents[E]): void {
    for (const listener of this.#listeners.get(event) ?? []) (listener as Listener<E>)(value);
  }
}

const makers: Record<Transport, { supported: () => boolean; session: (options: SessionOptions) => Session }> = {
  webrtc: { supported: () => WebRtcSession.supported, session: (options) => new WebRtcSession(options) },
  mse: { supported: () => MseSession.supported, session: (options) => new MseSession(options) },
  mjpeg: { supported: () => true, session: (options) => new MjpegSession(options) },
};

/** The live picture of a camera straight from MediaMTX, by WHEP, where this browser can reach it. */

/** Without a picture after this time it is not reachable from here, ms. */
const firstWithinMs = 8_000;
/** Without a picture for so long it is over, ms. */
const staleMs = 4_000;

/** Where MediaMTX takes WHEP, from its page for people: `http://10.8.0.7:8889/cam/` and `whep`. */
export function whepAddress(page: string): string {
  return new URL('whep', page.endsWith('/') ? page : `${page}/`).href;
}

/** Why a browser will not even try, in a sentence; empty when it may. */
export function unreachableBecause(whep: string, page: Pick<Location, 'protocol'>): string {
  if (page.protocol === 'https:' && whep.startsWith('http:')) {
    return 'MediaMTX serves this picture over http, which a browser does not load into a page that came by https.';
  }
  return '';
}

export interface LiveEvents {
  /** A picture reached the screen. */
  frame(): void;
  /** It is over and nothing more will come. */
  ended(): void;
}

/** One connection; `video` shows it. */
export class LivePicture {
  readonly video: HTMLVideoElement;
  readonly #events: LiveEvents;
  readonly #connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  readonly #abort = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #resource: string | undefined;
  #lastAt = performance.now();
  #began = false;
  #over = false;

  constructor(video: HTMLVideoElement, whep: string, events: LiveEvents) {
    this.video = video;
    this.#events = events;
    this.#connection.addEventListener('track', ({ streams, track }) => {
      video.srcObject = streams[0] ?? new MediaStream([track]);
      void video.play().catch(() => undefined);
    });
    this.#connection.addEventListener('connectionstatechange', () => {
      if (['failed', 'closed'].includes(this.#connection.connectionState)) this.#end();
    });
    // Browsers present nothing in a hidden page: silence counts from the moment it is seen again.
    const seenAgain = () => {
      this.#lastAt = performance.now();
    };
    document.addEventListener('visibilitychange', seenAgain, { signal: this.#abort.signal });
    this.#timer = setInterval(() => {
      const silent = performance.now() - this.#lastAt;
      if (!document.hidden && silent > (this.#began ? staleMs : firstWithinMs)) this.#end();
    }, 500);
    this.#watch();
    this.#join(whep).catch(() => this.#end());
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#timer);
    this.#abort.abort();
    this.#connection.close();
    this.video.srcObject = null;
    if (this.#resource) void fetch(this.#resource, { method: 'DELETE', keepalive: true }).catch(() => undefined);
  }

  async #join(whep: string): Promise<void> {
    this.#connection.addTransceiver('video', { direction: 'recvonly' });
    await this.#connection.setLocalDescription(await this.#connection.createOffer());
    const response = await fetch(whep, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: this.#connection.localDescription?.sdp ?? '',
      signal: this.#abort.signal,
    });
    if (!response.ok) throw new Error(`MediaMTX answered ${response.status}`);
    const location = response.headers.get('location');
    if (location) this.#resource = new URL(location, whep).href;
    const sdp = await response.text();
    if (!this.#over) await this.#connection.setRemoteDescription({ type: 'answer', sdp });
  }

  #watch(): void {
    const seen = () => {
      if (this.#over) return;
      this.#began = true;
      this.#lastAt = performance.now();
      this.#events.frame();
      this.#watch();
    };
    if ('requestVideoFrameCallback' in this.video) this.video.requestVideoFrameCallback(seen);
    else (this.video as HTMLVideoElement).addEventListener('timeupdate', seen, { once: true });
  }

  #end(): void {
    if (this.#over) return;
    this.close();
    this.#events.ended();
  }
}

/**
 * The picture as JPEGs in an `<img>`: the last resort, and it plays everywhere. The stream is read here
 * rather than by the `<img>`, which would never say whether its picture is still alive.
 */
import { address, type Session, type SessionOptions, sentenceOf } from './session.ts';

interface Part {
  readonly jpeg: Uint8Array<ArrayBuffer>;
  readonly timeUs: number | undefined;
}

export class MjpegSession implements Session {
  readonly transport = 'mjpeg';
  readonly element = document.createElement('img');
  readonly #options: SessionOptions;
  readonly #abort = new AbortController();
  #connected = false;
  #loading = false;
  #over = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.element.alt = '';
    this.element.decoding = 'sync';
    this.#read().then(
      () => this.#end('The camera ended the connection.'),
      (error: unknown) => this.#end(error instanceof MjpegRefusal ? error.message : 'The camera cannot be reached.'),
    );
  }

  get healthy(): boolean {
    return !this.#over && this.#connected;
  }

  tend(): void {}

  close(): void {
    this.#over = true;
    this.#abort.abort();
  }

  async #read(): Promise<void> {
    const { base, camera } = this.#options;
    const path = `/api/cameras/${encodeURIComponent(camera)}/stream.mjpg`;
    const response = await fetch(address(base, path), { credentials: 'include', signal: this.#abort.signal });
    if (!response.ok || !response.body) throw new MjpegRefusal(await sentenceOf(response));
    this.#connected = true;
    const reader = response.body.getReader();
    const parts = new PartReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const newest = parts.take(value);
      if (newest) this.#show(newest);
    }
  }

  #show({ jpeg, timeUs }: Part): void {
    // One at a time: a slow device shows fewer pictures, not older ones.
    if (this.#loading || this.#over) return;
    this.#loading = true;
    const url = URL.createObjectURL(new Blob([jpeg], { type: 'image/jpeg' }));
    const settled = () => {
      this.#loading = false;
      URL.revokeObjectURL(url);
    };
    this.element.onerror = settled;
    this.element.onload = () => {
      settled();
      if (this.#over) return;
      const presentedAt = performance.now();
      const cameraUs = this.#options.clock.at(presentedAt);
      const latencyMs = timeUs === undefined || cameraUs === undefined ? undefined : (cameraUs - timeUs) / 1000;
      this.#options.events.frame({ timeUs, latencyMs, presentedAt });
    };
    this.element.src = url;
  }

  #end(sentence: string): void {
    if (this.#over) return;
    this.close();
    this.#options.events.ended(sentence, false);
  }
}

class MjpegRefusal extends Error {}

/** Cuts a multipart stream into pictures by their Content-Length. */
export class PartReader {
  #pending = new Uint8Array(0);

  /** Takes bytes as they come; the newest complete picture among them, if any. */
  take(bytes: Uint8Array): Part | undefined {
    const all = new Uint8Array(this.#pending.length + bytes.length);
    all.set(this.#pending);
    all.set(bytes, this.#pending.length);
    let rest = all;
    let newest: Part | undefined;
    for (;;) {
      const headEnd = endOfHead(rest);
      if (headEnd === -1) break;
      const head = new TextDecoder('latin1').decode(rest.subarray(0, headEnd));
      const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      if (rest.length < headEnd + length) break;
      const time = /x-time-us: *(\d+)/i.exec(head)?.[1];
      const jpeg = rest.slice(headEnd, headEnd + length);
      newest = { jpeg, timeUs: time === undefined ? undefined : Number(time) };
      rest = rest.subarray(headEnd + length);
    }
    this.#pending = rest.slice();
    return newest;
  }
}

/** Where the empty line after a part's header ends, or -1. */
function endOfHead(bytes: Uint8Array): number {
  for (let at = 0; at + 4 <= bytes.length; at += 1) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at + 4;
  }
  return -1;
}

/** The process in which viewers without a browser run: they join by WHEP, count, and say what they got when asked. */
import { once } from 'node:events';
import { type Packet, TestPeer } from '../stream/testing/peer.ts';
import type { Counted } from './programs.ts';

interface Orders {
  readonly addresses: readonly string[];
  /** Viewers at each address. */
  readonly count: number;
  readonly fps: number;
  readonly token: string;
}

/** Runs until it is told to leave, or nobody is there any more to tell it. */
export async function view(json: string): Promise<void> {
  const { addresses, count, fps, token } = JSON.parse(json) as Orders;
  const viewers: Viewer[] = [];
  for (const address of addresses) {
    for (let at = 0; at < count; at += 1) viewers.push(await Viewer.join(address, fps, token));
  }
  const reports = setInterval(() => {
    for (const { peer } of viewers) peer.sendReport();
  }, 1_000);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message) => {
    if (message === 'count') process.send?.(viewers.map((viewer) => viewer.take()).reduce(together));
    else leave();
  });
  process.send?.('ready');

  function leave(): void {
    clearInterval(reports);
    void Promise.all(viewers.map((viewer) => viewer.leave())).finally(() => process.exit(0));
  }
}

class Viewer {
  readonly peer = new TestPeer();
  readonly #ticks: number;
  #resource = '';
  #token = '';
  #bytes = 0;
  #pictures = 0;
  #picturesLost = 0;
  #packetsLost = 0;
  #timestamp: number | undefined;
  #sequence: number | undefined;

  private constructor(fps: number) {
    this.#ticks = 90_000 / fps;
    this.peer.on('packet', (packet) => this.#hear(packet));
  }

  static async join(address: string, fps: number, token: string): Promise<Viewer> {
    const viewer = new Viewer(fps);
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp', authorization: `Bearer ${token}` },
      body: await viewer.peer.offer(),
    });
    if (!response.ok) throw new Error(`${address} answered ${response.status}: ${await response.text()}`);
    viewer.#resource = new URL(response.headers.get('location') ?? '', address).href;
    viewer.#token = token;
    const open = once(viewer.peer, 'open');
    viewer.peer.answer(await response.text());
    await open;
    return viewer;
  }

  take(): Counted {
    const taken = {
      bytes: this.#bytes,
      pictures: this.#pictures,
      picturesLost: this.#picturesLost,
      packetsLost: this.#packetsLost,
    };
    this.#bytes = this.#pictures = this.#picturesLost = this.#packetsLost = 0;
    return taken;
  }

  async leave(): Promise<void> {
    await fetch(this.#resource, { method: 'DELETE', headers: { authorization: `Bearer ${this.#token}` } });
    this.peer.close();
  }

  #hear({ size, timestamp, sequence }: Packet): void {
    this.#bytes += size;
    const step = this.#sequence === undefined ? 1 : (sequence - this.#sequence) & 0xffff;
    // A packet that comes late, or once more, is behind the newest.
    if (step === 0 || step > 0x8000) return;
    this.#packetsLost += step - 1;
    this.#sequence = sequence;
    if (timestamp === this.#timestamp) return;
    if (this.#timestamp !== undefined) {
      this.#picturesLost += Math.max(0, Math.round(((timestamp - this.#timestamp) | 0) / this.#ticks) - 1);
    }
    this.#timestamp = timestamp;
    this.#pictures += 1;
  }
}

function together(a: Counted, b: Counted): Counted {
  return {
    bytes: a.bytes + b.bytes,
    pictures: a.pictures + b.pictures,
    picturesLost: a.picturesLost + b.picturesLost,
    packetsLost: a.packetsLost + b.packetsLost,
  };
}

import fc from 'fast-check';
import rtc from 'node-datachannel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PerchError } from '../errors.ts';
import { createLog } from '../log.ts';
import type { AccessUnit } from './feed.ts';
import { LossyPath } from './testing/lossy.ts';
import { type Packet, payloadNal, TestPeer } from './testing/peer.ts';
import { TestSource } from './testing/source.ts';
import { rtpTime, WhepViewers } from './whep.ts';

const { PeerConnection: original } = rtc;
let source: TestSource;
let viewers: WhepViewers;
let peers: TestPeer[];
let paths: LossyPath[];

beforeEach(() => {
  source = new TestSource({ width: 640, height: 360 });
  viewers = makeViewers();
  peers = [];
  paths = [];
});

afterEach(async () => {
  Object.assign(rtc, { PeerConnection: original });
  for (const peer of peers) peer.close();
  for (const path of paths) path.close();
  viewers.close();
  await source.close();
  expect(source.video.listeners).toBe(0);
});

function makeViewers(maxViewers = 50, load?: () => Promise<typeof rtc>): WhepViewers {
  const feed = (camera: string) => {
    if (camera === 'test') return source.video;
    throw new PerchError('unknown_camera', { value: `"${camera}"`, allowed: 'test' });
  };
  return new WhepViewers({ feed, maxViewers, log: createLog('silent'), ...(load && { load }) });
}

async function makeOffer(): Promise<{ peer: TestPeer; offer: string }> {
  const peer = new TestPeer();
  peers.push(peer);
  return { peer, offer: await peer.offer() };
}

async function join(): Promise<{ peer: TestPeer; id: string; answer: string }> {
  const { peer, offer } = await makeOffer();
  const { id, answerSdp } = await viewers.join('test', offer, { who: 'peer' });
  peer.answer(answerSdp);
  return { peer, id, answer: answerSdp };
}

/** Joins over a path of its own. */
async function joinBy(path: LossyPath): Promise<{ peer: TestPeer; path: LossyPath }> {
  paths.push(path);
  const { peer, offer } = await makeOffer();
  const { answerSdp } = await viewers.join('test', offer, { who: 'peer' });
  peer.answer(await path.answer(answerSdp));
  return { peer, path };
}

/** Resolves with the first packet that satisfies `wanted`. */
function packet(peer: TestPeer, wanted: (packet: Packet) => boolean = () => true): Promise<Packet> {
  return new Promise((resolve) => {
    const look = (one: Packet) => {
      if (!wanted(one)) return;
      peer.off('packet', look);
      resolve(one);
    };
    peer.on('packet', look);
  });
}

/** Calls `before` ahead of every picture that is handed to a track. The library's own methods cannot be replaced. */
function interposed(): { before: (track: rtc.Track) => void } {
  const sending = { before: (_track: rtc.Track) => {} };
  class Interposed extends original {
    override addTrack(media: rtc.Video | rtc.Audio): rtc.Track {
      return new Proxy(super.addTrack(media), {
        get: (track, name) => {
          if (name === 'sendMessageBinary') sending.before(track);
          const value: unknown = Reflect.get(track, name);
          return typeof value === 'function' ? value.bind(track) : value;
        },
      });
    }
  }
  Object.assign(rtc, { PeerConnection: Interposed });
  return sending;
}

describe('a WebRTC library that cannot be loaded', () => {
  it('is told to whoever wants to join, and nothing else stops', async () => {
    viewers = makeViewers(50, () =>
      Promise.reject(new Error("Cannot find package 'node-datachannel'\nimported from …")),
    );
    viewers.prepare();
    const { offer } = await makeOffer();
    await expect(viewers.join('test', offer, { who: 'peer' })).rejects.toMatchObject({
      code: 'no_webrtc',
      message: expect.stringMatching(/^There is no WebRTC on this device: Cannot find package 'node-datachannel'\. /),
    });
    expect(viewers.viewers()).toEqual([]);
  });
});

describe('a viewer', () => {
  it('gets an answer with candidates and the playout-delay extension', async () => {
    const { answer } = await join();
    expect(answer).toContain('a=candidate:');
    expect(answer).toMatch(/a=extmap:5 http:\/\/www\.webrtc\.org\/experiments\/rtp-hdrext\/playout-delay/);
    expect(answer).toContain('a=rtpmap:102 H264/90000');
    expect(answer).toContain('a=sendonly');
    expect(answer).toContain('nack pli');
  });

  it('gets a picture at once though the group of pictures never ends, begun by a key frame', async () => {
    await new Promise<void>((resolve) => {
      let seen = 0;
      const end = source.video.subscribe(() => {
        seen += 1;
        if (seen < 15) return;
        end();
        resolve();
      });
    });
    const { peer } = await join();
    const first = await packet(peer);
    expect(payloadNal(first)).toEqual({ type: 7, start: true });
    await packet(peer, (one) => payloadNal(one).type === 5);
  });

  it('gets packets of at most 1200 bytes that say 0/0 playout delay and the capture time', async () => {
    const times = new Set<number>();
    const end = source.video.subscribe(({ timeUs }) => times.add(rtpTime(timeUs)));
    const { peer } = await join();
    const packets: Packet[] = [];
    await packet(peer, (one) => {
      packets.push(one);
      return packets.filter(({ marker }) => marker).length === 20;
    });
    end();
    // 16 bytes of SRTP tag are gone here.
    expect(Math.max(...packets.map(({ size }) => size + 16))).toBeLessThanOrEqual(1200);
    expect(new Set(packets.map(({ payloadType }) => payloadType))).toEqual(new Set([102]));
    for (const { extensions, timestamp } of packets) {
      expect(extensions.get(5)?.toString('hex')).toBe('000000');
      expect(times).toContain(timestamp);
    }
  });

  it('who loses a packet gets it again', async () => {
    const { peer, path } = await joinBy(new LossyPath());
    const { ssrc, sequence } = await packet(peer, ({ marker }) => marker);
    const wanted = (sequence + 3) & 0xffff;
    const lost = new Promise<void>((resolve) => {
      path.drop = (one) => {
        if (one !== wanted) return false;
        path.drop = () => false;
        resolve();
        return true;
      };
    });
    await lost;
    const again = packet(peer, (one) => one.sequence === wanted);
    peer.sendNack(ssrc, wanted);
    await again;
    await expect.poll(() => viewers.viewers('test')[0]?.nacks).toBe(1);
  });

  it('on a path that loses every second packet holds nobody up', async () => {
    const { peer: bad, path } = await joinBy(new LossyPath());
    const { peer: good } = await join();
    await Promise.all([packet(bad), packet(good)]);
    path.drop = (sequence) => sequence % 2 === 0;
    const before = bad.packets;
    const { ssrc } = await packet(bad);
    const complain = setInterval(() => bad.sendPli(ssrc), 20);
    const sequences: number[] = [];
    await packet(good, ({ sequence }) => sequences.push(sequence) === 200);
    clearInterval(complain);
    expect(path.dropped).toBeGreaterThan(50);
    expect(bad.packets).toBeGreaterThan(before);
    const [first = 0] = sequences;
    expect(sequences).toEqual(sequences.map((_one, i) => (first + i) & 0xffff));
  });

  it('who lost the picture gets a key frame, without others being flooded', async () => {
    const { peer } = await join();
    const { ssrc } = await packet(peer, ({ marker }) => marker);
    await packet(peer, (one) => payloadNal(one).type === 1);
    const key = packet(peer, (one) => payloadNal(one).type === 5);
    const before = source.keyFramesWanted;
    for (let i = 0; i < 20; i += 1) peer.sendPli(ssrc);
    await key;
    await expect.poll(() => viewers.viewers('test')[0]?.plis).toBe(20);
    // One at once, and at most one more for those that came after it.
    expect(source.keyFramesWanted - before).toBeLessThanOrEqual(2);
  });

  it('stays through a change of size and the death of the process behind the feed', async () => {
    const { peer } = await join();
    await packet(peer, ({ marker }) => marker);
    const size = packet(peer, (one) => payloadNal(one).type === 7);
    source.tell('size 320 240');
    await size;
    const again = packet(peer, (one) => payloadNal(one).type === 7);
    await source.replace();
    const { ssrc } = await again;
    const last = await packet(peer, ({ marker }) => marker);
    expect(last.ssrc).toBe(ssrc);
    expect(viewers.viewers('test')).toHaveLength(1);
  });

  it('who says goodbye is gone at once', async () => {
    const { peer, id } = await join();
    await packet(peer);
    expect(viewers.leave(id)).toBe(true);
    expect(viewers.viewers('test')).toEqual([]);
    expect(source.video.listeners).toBe(0);
    expect(viewers.leave(id)).toBe(false);
  });

  it('who vanished without a word is noticed by silence', async () => {
    const { peer } = await join();
    await packet(peer);
    expect(viewers.viewers('test')[0]?.connected).toBe(true);
    // This peer reports only when told to, so it falls silent by itself.
    await expect.poll(() => viewers.viewers('test').length).toBe(0);
  });

  it('to whom one picture could not be sent goes on from the next key frame', async () => {
    const sending = interposed();
    const { peer } = await join();
    const { ssrc } = await packet(peer, ({ marker }) => marker);
    await packet(peer, (one) => payloadNal(one).type === 1);
    const key = packet(peer, (one) => payloadNal(one).type === 7);
    const failed = new Promise<void>((resolve) => {
      sending.before = () => {
        sending.before = () => {};
        resolve();
        throw new Error('the network is down');
      };
    });
    await failed;
    expect(viewers.viewers('test')).toMatchObject([{ connected: true }]);
    expect((await key).ssrc).toBe(ssrc);
    await packet(peer, (one) => payloadNal(one).type === 1);
    expect(viewers.viewers('test')).toMatchObject([{ connected: true }]);
  });

  it('whose track was closed is gone at once', async () => {
    const sending = interposed();
    const { peer } = await join();
    await packet(peer, ({ marker }) => marker);
    sending.before = (track) => track.close();
    await expect.poll(() => viewers.viewers('test').length).toBe(0);
    expect(source.video.listeners).toBe(0);
  });

  it('counts what it sent', async () => {
    const { peer } = await join();
    await packet(peer, ({ marker }) => marker);
    const [stats] = viewers.viewers('test');
    expect(stats).toMatchObject({ camera: 'test', who: 'peer', connected: true, packetsLost: 0 });
    expect(stats?.bytes).toBeGreaterThan(0);
  });
});

describe('a join that cannot be', () => {
  it('says when there are too many', async () => {
    viewers.close();
    viewers = makeViewers(1);
    await join();
    const { offer } = await makeOffer();
    await expect(viewers.join('test', offer, { who: 'x' })).rejects.toMatchObject({ code: 'too_many_viewers' });
  });

  it('says when there is no such camera, and when it is closing', async () => {
    const { offer } = await makeOffer();
    await expect(viewers.join('nose', offer, { who: 'x' })).rejects.toMatchObject({ code: 'unknown_camera' });
    viewers.close();
    await expect(viewers.join('test', offer, { who: 'x' })).rejects.toMatchObject({ code: 'shutting_down' });
  });

  it('leaves nothing behind when 200 are given up', async () => {
    const { offer } = await makeOffer();
    viewers.close();
    viewers = makeViewers(500);
    // The machine's limit is sockets, not ours: in bunches, as from a browser that reloads.
    for (let bunch = 0; bunch < 10; bunch += 1) {
      const joins = await Promise.all(Array.from({ length: 20 }, () => viewers.join('test', offer, { who: 'x' })));
      expect(viewers.viewers('test')).toHaveLength(20);
      for (const { id } of joins) viewers.leave(id);
    }
    expect(viewers.viewers()).toEqual([]);
    expect(source.video.listeners).toBe(0);
  });

  it('is a bad offer in a sentence, whatever was broken in it', async () => {
    const { offer } = await makeOffer();
    const lines = offer.split('\r\n');
    const broken = fc.oneof(
      fc.nat(lines.length - 1).map((at) => lines.filter((_line, i) => i !== at).join('\r\n')),
      fc.nat(offer.length).map((at) => offer.slice(0, at)),
      fc
        .tuple(fc.nat(offer.length - 1), fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }))
        .map(([at, noise]) => offer.slice(0, at) + noise + offer.slice(at + noise.length)),
      fc
        .nat(lines.length - 1)
        .map((at) => [...lines.slice(0, at), lines[at], lines[at], ...lines.slice(at)].join('\r\n')),
      fc.string({ maxLength: 300 }),
      fc
        .string({ maxLength: 60 })
        .map((noise) => `v=0\r\n${noise}\r\nm=video 9 UDP/TLS/RTP/SAVPF ${noise}\r\na=${noise}`),
    );
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(broken, async (sdp) => {
        try {
          const { id } = await viewers.join('test', sdp, { who: 'x' });
          viewers.leave(id);
        } catch (error) {
          refused += 1;
          expect(error).toBeInstanceOf(PerchError);
          expect((error as PerchError).code).toBe('bad_offer');
        }
        expect(viewers.viewers()).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(50);
    expect(source.video.listeners).toBe(0);
    // And after all that it still works.
    const { peer } = await join();
    await packet(peer);
  });
});

it('makes RTP time of capture time, modulo 2^32, never earlier than the capture', () => {
  expect(rtpTime(0)).toBe(0);
  expect(rtpTime(1_000_000)).toBe(90_000);
  expect(rtpTime(1)).toBe(1);
  expect(rtpTime(47_721_858_844)).toBe(Math.ceil(47_721_858_844 * 0.09) - 2 ** 32);
  const unit: Pick<AccessUnit, 'timeUs'> = { timeUs: 31_536_000_000_000 };
  expect(rtpTime(unit.timeUs)).toBe((31_536_000_000_000 * 0.09) % 2 ** 32);
});

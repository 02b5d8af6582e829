import { describe, expect, it } from 'vitest';
import { answerTo, readOffer } from './offer.ts';

describe('an offer', () => {
  const good = [
    'v=0',
    'o=- 1 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-ufrag:abcd',
    `a=ice-pwd:${'p'.repeat(24)}`,
    `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`,
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=mid:0',
    'm=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99',
    'a=mid:1',
    'a=recvonly',
    'a=setup:actpass',
    'a=extmap:3/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
    'a=rtpmap:96 VP8/90000',
    'a=rtpmap:97 H264/90000',
    'a=fmtp:97 profile-level-id=64001f;packetization-mode=1',
    'a=rtpmap:98 H264/90000',
    'a=fmtp:98 profile-level-id=42e01f;packetization-mode=0',
    'a=rtpmap:99 H264/90000',
    'a=fmtp:99 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  ];
  const without = (...gone: string[]) =>
    good.filter((line) => !gone.some((start) => line.startsWith(start))).join('\r\n');

  it('is read with constrained baseline in packetization-mode 1 preferred', () => {
    expect(readOffer(good.join('\r\n'))).toMatchObject({ mid: '1', payloadType: 99, playoutDelayId: 3, place: 1 });
    expect(readOffer(without('a=fmtp:99'))).toMatchObject({ payloadType: 97 });
  });

  it.each([
    ['no string', undefined, 'v=0'],
    ['no ICE user', without('a=ice-ufrag'), 'ICE user name'],
    ['no ICE password', without('a=ice-pwd'), 'ICE password'],
    ['no fingerprint', without('a=fingerprint'), 'fingerprint'],
    ['no video', without('m=video'), 'video'],
    ['video that is switched off', good.join('\r\n').replace('m=video 9', 'm=video 0'), 'active video'],
    ['video the wrong way round', good.join('\r\n').replace('a=recvonly', 'a=sendonly'), 'receiving'],
    ['no H.264', without('a=rtpmap:97', 'a=rtpmap:98', 'a=rtpmap:99'), 'H.264'],
    ['only packetization-mode 0', without('a=fmtp:97', 'a=fmtp:99'), 'packetization-mode 1'],
    ['100,001 characters', `v=0${' '.repeat(100_000)}`, '100,000'],
  ])('with %s is refused in a sentence', (_what, sdp, part) => {
    expect(() => readOffer(sdp)).toThrow(part);
  });

  it('shows the library nothing a stranger wrote freely', () => {
    const evil = [...good, 'a=evil:1', 'a=candidate:1 1 udp 1 10.0.0.1 5000 typ host', 'a=candidate:boom'].join('\r\n');
    const { sdp } = readOffer(evil);
    expect(sdp).not.toMatch(/evil|boom|audio/);
    expect(sdp).toContain('a=candidate:1 1 udp 1 10.0.0.1 5000 typ host');
  });

  it('is answered section by section, with all but our video refused', () => {
    const offer = readOffer(good.join('\r\n'));
    const answer = answerTo(offer, 'v=0\r\ns=-\r\nm=video 9 UDP/TLS/RTP/SAVPF 99\r\na=mid:1\r\n');
    expect(answer.split('\r\n').filter((line) => /^(m|a=mid|a=inactive)/.test(line))).toEqual([
      'm=audio 0 UDP/TLS/RTP/SAVPF 111',
      'a=mid:0',
      'a=inactive',
      'm=video 9 UDP/TLS/RTP/SAVPF 99',
      'a=mid:1',
    ]);
  });
});

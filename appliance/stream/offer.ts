/**
 * A WHEP offer, read by ourselves: what is needed is taken out and checked, and the native library is
 * only ever shown a description that we wrote. Nothing a stranger sends reaches its parser.
 */
import { PerchError } from '../errors.ts';

/** What is needed of an offer. */
export interface Offer {
  readonly mid: string;
  /** Payload type for H.264 with packetization-mode 1. */
  readonly payloadType: number;
  /** Its format parameters as offered. */
  readonly fmtp: string;
  /** Number of the playout-delay header extension; undefined when the browser does not offer it. */
  readonly playoutDelayId: number | undefined;
  /** The offer again, reduced to what is needed. */
  readonly sdp: string;
  /** An answer must have as many sections as the offer: ours stands at this place among these. */
  readonly place: number;
  readonly refused: readonly string[];
}

/** Candidates of one offer that are tried at the most: a browser on a laptop with VPNs has about ten. */
const mostCandidates = 32;
const playoutDelay = 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay';

const midPattern = /^[\w.!#$%&'*+^`{|}~-]{1,32}$/;
const candidatePattern =
  /^candidate:[\w+/]{1,32} 1 udp \d{1,10} [\w.:-]{1,255} \d{1,5} typ (host|srflx|prflx|relay)( .*)?$/i;

/**
 * Reads an offer.
 * @throws PerchError `bad_offer` saying what is missing
 */
export function readOffer(sdp: unknown): Offer {
  if (typeof sdp !== 'string' || !sdp.startsWith('v=0')) throw bad('it does not begin with v=0');
  if (sdp.length > 100_000) throw bad('it is longer than 100,000 characters');
  const [session = [], ...media] = sections(sdp);
  if (media.length > 16) throw bad('it has more than 16 media');
  const video = media.find((lines) => /^m=video [1-9]/.test(lines[0] ?? ''));
  if (!video) throw bad('it has no active video');
  const direction = video.find((line) => /^a=(sendrecv|sendonly|recvonly|inactive)$/.test(line));
  if (direction === 'a=sendonly' || direction === 'a=inactive') throw bad('its video is not for receiving');
  const mid = attribute(video, 'mid') ?? '0';
  if (!midPattern.test(mid)) throw bad('its mid is not a token');
  const of = (name: string) => attribute(video, name) ?? attribute(session, name);
  const ufrag = of('ice-ufrag');
  const password = of('ice-pwd');
  if (!ufrag || !/^[\w+/]{4,256}$/.test(ufrag)) throw bad('it has no ICE user name');
  if (!password || !/^[\w+/]{22,256}$/.test(password)) throw bad('it has no ICE password');
  const fingerprint = of('fingerprint');
  if (!fingerprint || !/^sha-256 ([0-9a-f]{2}:){31}[0-9a-f]{2}$/i.test(fingerprint)) {
    throw bad('it has no SHA-256 fingerprint');
  }
  const setup = of('setup');
  if (setup !== undefined && !/^(actpass|active|passive)$/.test(setup)) throw bad('its setup is not a DTLS role');
  const { payloadType, fmtp } = chooseFormat(video);
  const playoutDelayId = extensionNumber(video, playoutDelay);
  const candidates = video
    .filter((line) => line.startsWith('a=candidate:') && candidatePattern.test(line.slice(2)))
    .slice(0, mostCandidates);
  const lines = [
    'v=0',
    'o=- 1 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${mid}`,
    `m=video 9 UDP/TLS/RTP/SAVPF ${payloadType}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    'a=recvonly',
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${password}`,
    `a=fingerprint:${fingerprint}`,
    `a=setup:${setup ?? 'actpass'}`,
    'a=rtcp-mux',
    `a=rtpmap:${payloadType} H264/90000`,
    `a=fmtp:${payloadType} ${fmtp}`,
    ...candidates,
  ];
  return {
    mid,
    payloadType,
    fmtp,
    playoutDelayId,
    sdp: `${lines.join('\r\n')}\r\n`,
    place: media.indexOf(video),
    refused: media.map((section) => (section === video ? '' : refusal(section))),
  };
}

/** The answer to the whole offer: everything but our video is refused, in the order of the offer. */
export function answerTo(offer: Offer, answer: string): string {
  const at = answer.indexOf('m=');
  const parts = offer.refused.map((refused, place) => (place === offer.place ? answer.slice(at) : refused));
  return answer.slice(0, at) + parts.join('');
}

function refusal(section: readonly string[]): string {
  const line = /^m=(\w{1,20}) \d{1,5} ([\w/]{1,40}) ([\w. -]{1,300})$/.exec(section[0] ?? '');
  if (!line) throw bad('one of its media lines is not valid');
  const [, kind, transport, formats] = line;
  const mid = attribute(section, 'mid');
  const named = mid !== undefined && midPattern.test(mid) ? [`a=mid:${mid}`] : [];
  return [`m=${kind} 0 ${transport} ${formats}`, 'c=IN IP4 0.0.0.0', ...named, 'a=inactive', ''].join('\r\n');
}

function bad(reason: string): PerchError {
  return new PerchError('bad_offer', { reason });
}

/** The session's lines, then those of each m= section. */
function sections(sdp: string): string[][] {
  const all: string[][] = [[]];
  for (const line of sdp.split(/\r\n|\n|\r/)) {
    if (line.startsWith('m=')) all.push([]);
    all.at(-1)?.push(line.trimEnd());
  }
  return all;
}

function attribute(lines: readonly string[], name: string): string | undefined {
  return lines.find((line) => line.startsWith(`a=${name}:`))?.slice(name.length + 3);
}

/**
 * H.264 in packetization mode 1. Browsers decode any profile whichever is negotiated; constrained baseline
 * is the one they all offer, and what RFC 7742 makes mandatory.
 */
function chooseFormat(video: readonly string[]): { payloadType: number; fmtp: string } {
  const formats = video
    .map((line) => /^a=rtpmap:(\d{1,3}) H264\/90000$/i.exec(line)?.[1])
    .filter((type) => type !== undefined)
    .map((type) => ({ payloadType: Number(type), fmtp: parameters(video, type) }))
    .filter(({ payloadType }) => payloadType >= 35 && payloadType <= 127)
    .filter(({ fmtp }) => /(^|;)packetization-mode=1(;|$)/i.test(fmtp));
  const preference = (fmtp: string) => {
    const profile = /profile-level-id=([0-9a-f]{4})/i.exec(fmtp)?.[1]?.toLowerCase() ?? '4200';
    const at = ['42e0', '42c0', '4200', '4d00', '6400'].indexOf(profile);
    return at === -1 ? 5 : at;
  };
  const [best] = formats.sort((a, b) => preference(a.fmtp) - preference(b.fmtp));
  if (!best) throw bad('it offers no H.264 in packetization-mode 1');
  return best;
}

function parameters(video: readonly string[], payloadType: string): string {
  const start = `a=fmtp:${payloadType} `;
  const value = video.find((line) => line.startsWith(start))?.slice(start.length) ?? '';
  return /^[\w=;.,+/ -]{1,300}$/.test(value) ? value.replaceAll(' ', '') : '';
}

/** Numbers 1 to 14 fit the one-byte header form, which every browser uses. */
function extensionNumber(video: readonly string[], uri: string): number | undefined {
  for (const line of video) {
    const found = /^a=extmap:(\d{1,3})(?:\/\w+)? (\S+)/.exec(line);
    const number = Number(found?.[1]);
    if (found?.[2] === uri && number >= 1 && number <= 14) return number;
  }
  return undefined;
}

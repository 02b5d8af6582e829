/** Answers to a server's demand for a password: Basic and Digest (RFC 7617, RFC 7616). */
import { createHash, randomBytes } from 'node:crypto';

/** One `WWW-Authenticate` that can be answered. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'digest';
      readonly algorithm: 'MD5' | 'SHA-256';
      readonly realm: string;
      readonly nonce: string;
      readonly opaque: string | undefined;
      /** Whether `qop=auth` is offered; without it the older form of RFC 2069 is used. */
      readonly qop: boolean;
    };

/**
 * The best of what a server offers: Digest with SHA-256, with MD5, then Basic, which shows the
 * password to whoever listens on the way. Undefined when nothing offered is known.
 */
export function chooseChallenge(offers: readonly string[]): Challenge | undefined {
  const known = offers.flatMap(splitChallenges).map(readChallenge);
  const digest = (algorithm: string) =>
    known.find((offer) => offer?.scheme === 'digest' && offer.algorithm === algorithm);
  return digest('SHA-256') ?? digest('MD5') ?? known.find((offer) => offer?.scheme === 'basic');
}

/** Several challenges may share one header line: each begins with a scheme and a space. */
function splitChallenges(line: string): string[] {
  return line.split(/,\s*(?=(?:Basic|Digest)\s)/i);
}

function readChallenge(text: string): Challenge | undefined {
  const [, scheme = '', rest = ''] = /^\s*(\w+)\s*(.*)$/s.exec(text) ?? [];
  if (scheme.toLowerCase() === 'basic') return { scheme: 'basic' };
  if (scheme.toLowerCase() !== 'digest') return undefined;
  const values = new Map<string, string>();
  for (const match of rest.matchAll(/(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)) {
    values.set((match[1] ?? '').toLowerCase(), match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '');
  }
  const algorithm = (values.get('algorithm') ?? 'MD5').toUpperCase();
  const nonce = values.get('nonce');
  const qops = values.get('qop')?.split(/\s*,\s*/);
  if (nonce === undefined || (algorithm !== 'MD5' && algorithm !== 'SHA-256')) return undefined;
  if (qops !== undefined && !qops.includes('auth')) return undefined;
  return {
    scheme: 'digest',
    algorithm,
    realm: values.get('realm') ?? '',
    nonce,
    opaque: values.get('opaque'),
    qop: qops !== undefined,
  };
}

/** What an `Authorization` answers for. `count` numbers the requests made with this nonce, from 1. */
export interface Login {
  readonly user: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  readonly count: number;
  /** Our part of the freshness; random unless a test gives it. */
  readonly cnonce?: string;
}

/** The `Authorization` header for one request. */
export function authorization(challenge: Challenge, login: Login): string {
  const { user, password, method, uri } = login;
  if (challenge.scheme === 'basic') return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const { algorithm, realm, nonce, opaque, qop } = challenge;
  const hash = (text: string) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const who = hash(`${user}:${realm}:${password}`);
  const what = hash(`${method}:${uri}`);
  const parts = [`username="${quoted(user)}"`, `realm="${quoted(realm)}"`, `nonce="${quoted(nonce)}"`, `uri="${uri}"`];
  if (qop) {
    const cnonce = login.cnonce ?? randomBytes(8).toString('hex');
    const nc = login.count.toString(16).padStart(8, '0');
    parts.push(
      `response="${hash(`${who}:${nonce}:${nc}:${cnonce}:auth:${what}`)}"`,
      'qop=auth',
      `nc=${nc}`,
      `cnonce="${cnonce}"`,
    );
  } else {
    parts.push(`response="${hash(`${who}:${nonce}:${what}`)}"`);
  }
  // Servers that offer no algorithm do not always expect one back.
  if (algorithm !== 'MD5') parts.push(`algorithm=${algorithm}`);
  if (opaque !== undefined) parts.push(`opaque="${quoted(opaque)}"`);
  return `Digest ${parts.join(', ')}`;
}

function quoted(text: string): string {
  return text.replace(/["\\]/g, '\\$&');
}

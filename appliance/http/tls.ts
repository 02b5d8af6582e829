/** The certificate for https: files given, or one of our own that is made once and renewed in time. */
import { X509Certificate } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { ConfigError } from '../config.ts';
import type { Logger } from '../log.ts';
import type { HttpConfig } from './parts.ts';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const day = 86_400_000;
/** Apple's systems refuse certificates that last longer than 825 days. */
const lifeDays = 820;
/** Renewed when it has less than this left. */
const renewDays = 30;

type TlsConfig = Pick<HttpConfig, 'tls_cert' | 'tls_key' | 'data'>;

/**
 * The certificate to serve now; called again from time to time, it notices renewed files and renews our own.
 * `now` in ms since 1970.
 * @throws ConfigError when given files cannot be used
 */
export async function certificate(config: TlsConfig, log: Logger, now = Date.now()): Promise<Certificate> {
  if (config.tls_cert !== undefined && config.tls_key !== undefined) {
    return givenCertificate(config.tls_cert, config.tls_key);
  }
  const path = join(config.data, 'tls', 'certificate.pem');
  const kept = await keptCertificate(path, log);
  if (kept && Date.parse(new X509Certificate(kept.cert).validTo) - now > renewDays * day) return kept;
  const made = await makeCertificate(now);
  log.info({ path, renewed: kept !== undefined }, 'made a certificate for https');
  // Without a place to keep it, it lasts until the next start.
  await keep(path, made).catch((error: unknown) => log.error({ path, err: error }, 'the certificate is not saved'));
  return made;
}

async function givenCertificate(certPath: string, keyPath: string): Promise<Certificate> {
  const read = async (path: string, what: string) =>
    readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new ConfigError(`${what} names ${path}, which cannot be read: ${reasonOf(error)}.`);
    });
  const given = { cert: await read(certPath, 'tls_cert'), key: await read(keyPath, 'tls_key') };
  const problem = problemOf(given);
  if (problem) throw new ConfigError(`${certPath} and ${keyPath} are no certificate and its key (PEM): ${problem}.`);
  return given;
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'Perch may not read it';
  return message;
}

/** Why a server could not use it; undefined when it can. */
function problemOf({ cert, key }: Certificate): string | undefined {
  try {
    createSecureContext({ cert, key });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** One file holds key and certificate, so that they always belong together. */
async function keptCertificate(path: string, log: Logger): Promise<Certificate | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log.error({ path, err: error }, 'certificate not readable');
    return undefined;
  }
  const at = text.indexOf('-----BEGIN CERTIFICATE-----');
  const kept = { key: text.slice(0, Math.max(0, at)), cert: text.slice(Math.max(0, at)) };
  const problem = at < 0 ? 'it holds no certificate' : problemOf(kept);
  if (problem === undefined) return kept;
  log.error({ path, problem }, 'the saved certificate is damaged and is made anew');
  return undefined;
}

async function keep(path: string, { cert, key }: Certificate): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(key + cert);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}

async function makeCertificate(now: number): Promise<Certificate> {
  // Loaded here only: it takes 50 ms that most starts do not need.
  const { default: selfsigned } = await import('selfsigned');
  const host = hostname();
  const made = await selfsigned.generate([{ name: 'commonName', value: host }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    // A Pi has no clock of its own: it may be a little behind when this is made.
    notBeforeDate: new Date(now - 2 * day),
    notAfterDate: new Date(now + lifeDays * day),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: alternativeNames(host, lanAddresses()) },
    ],
  });
  return { cert: `${made.cert.trim()}\n`, key: `${made.private.trim()}\n` };
}

type AlternativeName = { readonly type: 2; readonly value: string } | { readonly type: 7; readonly ip: string };

/** Every name and address people reach this machine by. */
export function alternativeNames(host: string, addresses: readonly string[]): AlternativeName[] {
  const short = host.replace(/\..*$/, '');
  const names = new Set([host, `${short}.local`, 'perch.local', 'localhost']);
  return [
    ...[...names].map((value) => ({ type: 2, value }) as const),
    ...addresses.map((ip) => ({ type: 7, ip }) as const),
  ];
}

function lanAddresses(): string[] {
  const found = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    // Link-local addresses carry a zone in a URL, which no certificate can name.
    .filter(({ address }) => !address.startsWith('fe80:'))
    .map(({ address }) => address);
  return [...new Set(['127.0.0.1', '::1', ...found])];
}

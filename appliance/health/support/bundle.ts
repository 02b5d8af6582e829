/** The support bundle: everything that helps to find a fault, in one file, with the secrets removed. */
import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { type Config, configTable, secretKeys } from '../../config.ts';
import { version } from '../../version.ts';
import { journal } from '../doctor/look.ts';
import type { Finding } from '../findings.ts';
import { sayFinding } from '../say.ts';
import { hardware } from './hardware.ts';
import { scrubbed } from './scrub.ts';
import { type TextFile, tarGz } from './tar.ts';

/** What the running program adds; each is asked when the bundle is made, and may fail without taking the rest along. */
export interface SupportParts {
  readonly config: Config;
  /** Name of the file in the bundle → what stands in it. */
  readonly documents: Readonly<Record<string, () => unknown>>;
  readonly findings: () => Promise<readonly Finding[]>;
  /** The newest lines of the program's own log. */
  readonly log: () => readonly string[];
}

/** Lines of the journal; the log in memory stands beside them. */
const journalLines = 2000;

const about = `A support bundle of Perch. Each file is plain text. Passwords, keys and tokens have been removed; addresses in your
network, names of cameras and of networks have not. Look through it before you pass it on.
`;

/** Makes the bundle: a .tar.gz. */
export async function supportBundle(parts: SupportParts): Promise<Buffer> {
  const now = Date.now();
  const secrets = secretsOf(parts.config);
  const made = await Promise.all([
    file('README.txt', () => about),
    file('findings.txt', async () => (await parts.findings()).map((each) => sayFinding(each, now)).join('\n')),
    file('versions.json', versions),
    file('configuration.json', () => withoutSecrets(parts.config)),
    file('machine.json', hardware),
    file('log.jsonl', () => parts.log().join('')),
    file(
      'journal.txt',
      async () => (await journal(journalLines)) ?? 'There is no journal here, or it is not for Perch to read.',
    ),
    ...Object.entries(parts.documents).map(([name, read]) => file(name, read)),
  ]);
  const folder = bundleName(now).replace(/\.tar\.gz$/, '');
  return tarGz(
    made.map(({ name, text }) => ({ name: `${folder}/${name}`, text: scrubbed(text, secrets) })),
    now,
  );
}

/** `perch-support-2026-11-28T14-02.tar.gz` */
export function bundleName(now: number): string {
  return `perch-support-${new Date(now).toISOString().slice(0, 16).replaceAll(':', '-')}.tar.gz`;
}

async function file(name: string, read: () => unknown): Promise<TextFile> {
  try {
    const content = await read();
    return { name, text: typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n` };
  } catch (error) {
    return { name, text: `This could not be read: ${String(error)}\n` };
  }
}

function secretsOf(config: Config): readonly string[] {
  return secretKeys.flatMap((key) => (typeof config[key] === 'string' ? [config[key]] : []));
}

/** The configuration; of a secret only whether it is set. */
function withoutSecrets(config: Config): Readonly<Record<string, unknown>> {
  const keys = Object.keys(configTable) as (keyof Config)[];
  return Object.fromEntries(
    keys.map((key) => [key, secretKeys.includes(key) && config[key] !== undefined ? '(set)' : (config[key] ?? null)]),
  );
}

async function versions(): Promise<unknown> {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return {
    perch: version,
    node: process.versions.node,
    architecture: process.arch,
    kernel: release(),
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(osRelease)?.[1] ?? process.platform,
  };
}

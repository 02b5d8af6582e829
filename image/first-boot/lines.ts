/** A TOML file written by hand on any computer: read as far as it can be, each mistake with its line. */
import { parse, TomlError } from 'smol-toml';
import type { Mistake } from './wanted.ts';

export interface Read {
  readonly values: Readonly<Record<string, unknown>>;
  readonly mistakes: readonly Mistake[];
}

/** So many wrong lines are named; a file with more is no TOML at all. */
const mistakesMost = 20;

/** Text of a file from Windows, macOS or Linux: UTF-8 with or without a mark, or Notepad's UTF-16. */
export function decode(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  const encoding =
    buffer[0] === 0xff && buffer[1] === 0xfe
      ? 'utf-16le'
      : buffer[0] === 0xfe && buffer[1] === 0xff
        ? 'utf-16be'
        : 'utf-8';
  return new TextDecoder(encoding).decode(buffer).replaceAll('\r\n', '\n').replaceAll('\r', '\n');
}

/** Reads what can be read. A line that is wrong is left out, and all others still count. */
export function readLines(file: string, text: string): Read {
  const lines = text.split('\n');
  const mistakes: Mistake[] = [];
  while (mistakes.length < mistakesMost) {
    try {
      return { values: parse(lines.join('\n')), mistakes };
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      // Something that never ends is noticed at the end of the file, or on an empty line after it.
      const at = wrongLine(lines, error.line - 1);
      const reason = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
      // Present but unreadable is not the same as absent: a Wi-Fi without its password would be an open network.
      const key = keyOn(lines[at] ?? '');
      const named = mistakes.some((each) => each.line === at + 1);
      lines[at] = key === undefined || named ? '' : `${key} = [[]]`;
      if (named) continue;
      mistakes.push({ file, line: at + 1, text: `this line cannot be read (${reason}) and was left out.` });
    }
  }
  return {
    values: {},
    mistakes: [
      ...mistakes.slice(0, 1),
      { file, text: 'hardly anything here can be read, so nothing of it was taken. Every line is: key = "value".' },
    ],
  };
}

function wrongLine(lines: readonly string[], from: number): number {
  for (let at = Math.min(from, lines.length - 1); at > 0; at -= 1) {
    if ((lines[at] ?? '').trim() !== '') return at;
  }
  return Math.max(
    0,
    lines.findIndex((line) => line.trim() !== ''),
  );
}

/**
 * The line, from 1, that gives a key; `path` is `password`, or `wifi.password` for one inside a
 * table; `which` counts the tables of that name, from 0.
 */
export function lineOf(text: string, path: string, which = 0): number | undefined {
  const dot = path.indexOf('.');
  const table = dot < 0 ? '' : path.slice(0, dot);
  const key = path.slice(dot + 1);
  let current = '';
  let seen = -1;
  for (const [at, line] of text.split('\n').entries()) {
    const header = /^\s*\[\[?\s*([\w-]+)\s*\]\]?/.exec(line);
    if (header) {
      current = header[1] ?? '';
      if (current === table) seen += 1;
      if (path === current) return at + 1;
    } else if (current === table && (table === '' || seen === which)) {
      if (keyOn(line) === key) return at + 1;
    } else if (current === '' && keyOn(line) === `${table}.${key}`) {
      return at + 1;
    }
  }
  return undefined;
}

function keyOn(line: string): string | undefined {
  return /^\s*"?([\w.-]+)"?\s*=/.exec(line)?.[1];
}

/** The file without the values of secret keys: what was taken in need not lie about on a card. */
export function withoutSecrets(text: string, isSecret: (key: string) => boolean): string {
  return text
    .split('\n')
    .map((line) => {
      const key = keyOn(line)?.split('.').at(-1);
      return key !== undefined && isSecret(key)
        ? `# ${key}: taken in and removed from here`
        : withoutInline(line, isSecret);
    })
    .join('\n');
}

/** `wifi = { ssid = "home", password = "…" }` */
function withoutInline(line: string, isSecret: (key: string) => boolean): string {
  if (!line.includes('{')) return line;
  return [...line.matchAll(/([\w-]+)\s*=/g)].some(([, key]) => key !== undefined && isSecret(key))
    ? `# ${keyOn(line) ?? 'this line'}: taken in and removed from here`
    : line;
}

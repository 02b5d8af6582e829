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

/** As TOML sees it: `trim()` would also take a stray byte order mark for nothing, and such a line is a wrong one. */
const blank = /^[ \t]*$/;

function wrongLine(lines: readonly string[], from: number): number {
  for (let at = Math.min(from, lines.length - 1); at > 0; at -= 1) {
    if (!blank.test(lines[at] ?? '')) return at;
  }
  return Math.max(
    0,
    lines.findIndex((line) => !blank.test(line)),
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
  return /^\s*["']?([\w.-]+(?:\s*\.\s*[\w-]+)*)["']?\s*=/.exec(line)?.[1]?.replaceAll(/\s/g, '');
}

/**
 * The file without the values of secret keys: what was taken in need not lie about on a card. It keeps its number of lines,
 * so that the report's still fit.
 */
export function withoutSecrets(text: string, isSecret: (key: string) => boolean): string {
  const lines = text.split('\n');
  const left: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const end = endOfValue(lines, at);
    const whole = lines.slice(at, end + 1);
    const key = keyOn(whole[0] ?? '');
    const secret = (keys: readonly string[]) => keys.some((each) => isSecret(each));
    if (key !== undefined && secret([key.split('.').at(-1) ?? ''])) left.push(remark(key.split('.').at(-1) ?? key));
    // `wifi = { ssid = "home", password = "…" }`, on one line or on several.
    else if (key !== undefined && secret(keysInside(whole.join('\n')))) left.push(remark(key));
    else {
      left.push(whole[0] ?? '');
      at += 1;
      continue;
    }
    left.push(...whole.slice(1).map(() => '#'));
    at = end + 1;
  }
  return left.join('\n');
}

function remark(key: string): string {
  return `# ${key}: taken in and removed from here`;
}

function keysInside(value: string): string[] {
  if (!value.includes('{')) return [];
  return [...value.matchAll(/([\w-]+)["']?\s*=/g)].flatMap(([, key]) => (key === undefined ? [] : [key]));
}

/** The line on which the value ends that begins on line `at`: a text in triple quotes, or a list, may go on below. */
function endOfValue(lines: readonly string[], at: number): number {
  const value = /^[^=#]*=\s*(.*)$/.exec(lines[at] ?? '')?.[1];
  if (value === undefined) return at;
  const quotes = /^("""|''')/.exec(value)?.[0];
  if (quotes !== undefined) {
    if (value.slice(3).includes(quotes)) return at;
    // One that never ends has taken the rest of the file with it.
    const end = lines.findIndex((line, below) => below > at && line.includes(quotes));
    return end < 0 ? lines.length - 1 : end;
  }
  if (!value.startsWith('[')) return at;
  const depth = (line: string) =>
    [...line.replace(/"[^"]*"|'[^']*'|#.*/g, '')].reduce(
      (sum, sign) => sum + (sign === '[' ? 1 : sign === ']' ? -1 : 0),
      0,
    );
  let open = depth(value);
  let end = at;
  while (open > 0 && end < lines.length - 1) {
    end += 1;
    // A list that never ends is a mistake of one line; the next key is not part of it.
    if (keyOn(lines[end] ?? '') !== undefined || /^\s*\[+[\w.\s-]+\]+\s*$/.test(lines[end] ?? '')) return end - 1;
    open += depth(lines[end] ?? '');
  }
  return end;
}

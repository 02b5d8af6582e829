/**
 * Takes out of a text whatever opens a door. What goes into a support bundle is chosen so that nothing of the kind is in
 * it; this is for what people and other programs write into their logs.
 */

const removed = '(removed)';

/** Names whose value is a secret, in JSON, TOML, `key=value` lines, URLs' queries and headers. */
const secretNames =
  'pass(?:word|phrase|wd)?|psk|secret|token|api[-_]?key|relay[-_]?key|admin[-_]?password|private[-_]?key|sae[-_]?password|wep[-_]?key\\d?|hash|salt|credentials?';

/** A value as it stands in JSON, in JSON within JSON, in quotes, or bare; an object is looked into instead. */
const value = String.raw`\\"(?:[^"\\]|\\(?!")[\s\S])*\\"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;&}\]{["'\\][^\s,;&}\]"'\\]*`;

/** What stands before the secret stays, and the quotes around it. */
type Pattern = readonly [pattern: RegExp, secret: 'whole' | 'after first group'];

const patterns: readonly Pattern[] = [
  // Keys, static keys of OpenVPN, certificates with a key behind them.
  [/-----BEGIN [^-\n]+-----[\s\S]*?(?:-----END [^-\n]+-----|$)/g, 'whole'],
  // Sessions, API tokens and relay keys, all made by makeKey.
  [/[\w-]*[0-9a-f]{12}\.[\w-]{43}/g, 'whole'],
  // SHA-256, and the 256-bit form of a Wi-Fi's password.
  [/\b[0-9a-fA-F]{64}\b/g, 'whole'],
  [/((?:set-)?cookie\\?["']?\s*[:=]\s*)(\\"[^"]*"|"(?:[^"\\]|\\.)*"|[^"'\n][^"\n]*)/gi, 'after first group'],
  [/(authorization\\?["']?\s*[:=]\s*)(\\"[^"]*"|"(?:[^"\\]|\\.)*"|[^"'\n][^"\n]*)/gi, 'after first group'],
  [/(\b(?:Bearer|Basic)\s+)([\w.~+/=-]{6,})/g, 'after first group'],
  // user:password@ in addresses.
  [/(\w:\/\/)([^\s/@"']+)(?=@)/g, 'after first group'],
  [new RegExp(`((?:^|[^a-z])[\\w.-]*(?:${secretNames})\\\\?["']?\\s*[=:]\\s*)(${value})`, 'gi'), 'after first group'],
  // As arguments of nmcli and wpa_cli.
  [/((?:psk|sae-password|wep-key\d)\s+)([^\s"'\\]+)/gi, 'after first group'],
  [/((?:nmcli|wpa_cli)\b[^\n]*?\b(?:password|passphrase)\s+)([^\s"'\\]+)/gi, 'after first group'],
];

/** The text without the forms of secrets above, and without these values wherever they stand. */
export function scrubbed(text: string, secrets: readonly string[]): string {
  // The longest first: one may be a part of another. Very short ones are everywhere, and worth nothing.
  const values = [...new Set(secrets)].filter((secret) => secret.length >= 4).sort((a, b) => b.length - a.length);
  const without = values.reduce(
    (rest, secret) =>
      [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)].reduce(
        (left, form) => left.replaceAll(form, removed),
        rest,
      ),
    text,
  );
  return patterns.reduce(
    (rest, [pattern, secret]) =>
      secret === 'whole'
        ? rest.replace(pattern, removed)
        : rest.replace(pattern, (_, before: string, found: string) => `${before}${quotedAlike(found)}`),
    without,
  );
}

/** The quotes stay, so that JSON stays JSON. */
function quotedAlike(found: string): string {
  const quote = /^(?:\\?"|')/.exec(found)?.[0] ?? '';
  return `${quote}${removed}${quote}`;
}

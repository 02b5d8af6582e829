// Writes docs/settings.md, docs/configuration.md and docs/errors.md from the tables in the code: node docs/generate.mjs
// `--check` fails when what stands there is not what would be written.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const contents = `
  export { settingsTable } from './settings/table.ts';
  export { allowedFor, inWords } from './settings/validate.ts';
  export { configTable } from './config.ts';
  export { relayTable } from '../upstream/relay/config.ts';
  export { errorTable } from './errors.ts';`;
const { outputFiles } = await build({
  stdin: { contents, resolveDir: join(here, '../appliance') },
  bundle: true,
  write: false,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  target: 'node20',
});
// Beside this file, so that its packages are found.
const built = join(here, `.generate-${process.pid}.mjs`);
writeFileSync(built, outputFiles[0].contents);
const { settingsTable, allowedFor, inWords, configTable, relayTable, errorTable } = await import(built).finally(() =>
  rmSync(built, { force: true }),
);

const cell = (text) => String(text).replaceAll('|', '\\|');
const rows = (head, lines) =>
  [head, head.map(() => '---'), ...lines].map((line) => `| ${line.map(cell).join(' | ')} |`).join('\n');

const keys = (table, data) =>
  rows(
    ['key', 'variable', 'default', 'what it does'],
    Object.entries(table).map(([key, { env, schema, help }]) => {
      const value = schema.safeParse(undefined).data;
      return [`\`${key}\``, `\`${env}\``, key === 'data' ? data : (value ?? ''), help];
    }),
  );

const pages = {
  'settings.md': `# Settings

Generated from \`appliance/settings/table.ts\`. A camera narrows these: what it offers is in its \`limits\`.
*live*: no picture is missing. *brief*: a gap, measured on the device and shown before the touch.

${rows(
  ['field', 'no.', 'label', 'allowed', 'default', 'applied', 'what it does'],
  Object.entries(settingsTable).map(([name, spec]) => [
    `\`${name}\``,
    spec.number,
    spec.label,
    inWords(allowedFor(name, {})),
    spec.default === '' ? '' : spec.default,
    spec.applied,
    spec.help,
  ]),
)}

## Bitrate and quality together
The bitrate is a ceiling, the quality a wish. Each picture is encoded as well as \`quality\` asks for; when that would
need more than \`bitrate\`, the bitrate wins. So a calm picture at quality 75 uses far less than its bitrate, and
quality 100 asks for so much that the bitrate always decides. For MJPEG the quality alone decides.

## Sent by a peer that knows no presence
A peer built from the first protocol file cannot say zero: proto3 leaves a zero out, and what is left out is not
changed. Newer peers mark their fields \`optional\` and can.
`,
  'configuration.md': `# Configuration

Generated from \`appliance/config.ts\`. The keys stand in \`/etc/perch/perch.toml\`, or in the file that \`PERCH_CONFIG\`
names; a variable wins over the file.

${keys(configTable, '~/.local/state/perch')}

## The relay

Generated from \`upstream/relay/config.ts\`. The keys stand in \`/etc/perch/relay.toml\` (on Windows
\`%ProgramData%\\Perch\\relay.toml\`), or in the file that \`PERCH_RELAY_CONFIG\` names; a variable wins over the file.

${keys(relayTable, '~/.local/state/perch-relay')}
`,
  'errors.md': `# Errors

Generated from \`appliance/errors.ts\`. Every refusal carries one of these codes and a sentence that says what was wrong,
what is allowed and what to do; \`…\` stands for the particulars.

${rows(
  ['code', 'HTTP status', 'sentence'],
  Object.entries(errorTable).map(([code, { status, sentence }]) => [
    `\`${code}\``,
    status,
    sentence(new Proxy({}, { get: () => '…' })),
  ]),
)}
`,
};

const check = process.argv.includes('--check');
for (const [name, text] of Object.entries(pages)) {
  const path = join(here, name);
  if (!check) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    console.error(`docs/${name} is stale. Run: node docs/generate.mjs`);
    process.exitCode = 1;
  }
}

// Writes docs/settings.md, docs/configuration.md, docs/errors.md and docs/led.md from the tables in the code: node docs/generate.mjs
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
  export { errorTable } from './errors.ts';
  export { answerTable, holdMeanings, ledMeanings } from './led/led.ts';`;
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
const tables = await import(built).finally(() => rmSync(built, { force: true }));
const { settingsTable, allowedFor, inWords, configTable, relayTable, errorTable } = tables;

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

const lights = (head, meanings, first) =>
  rows(
    [...head, 'on, off, … in ms'],
    meanings.map((row) => [
      ...first(row),
      row.sentence,
      row.pattern.length === 1 ? 'on' : row.pattern.length === 0 ? 'off' : row.pattern.join(' '),
    ]),
  );

pages['led.md'] = `# The light and the button

Generated from \`appliance/led/table.ts\` and \`appliance/led/button-hold.ts\`. The page shows the same light on its Health tab.

## What the light says

Where several hold, the upper one is shown.

${lights(['the light', 'means'], tables.ledMeanings(), ({ looks }) => [looks])}

## The button

What letting go does depends on how long it was held; the light counts along. Shorter than 30 ms is a glitch, and a button that is
held while Perch starts does nothing until it was let go.

${lights(['held for', 'the light', 'letting go'], tables.holdMeanings(), ({ fromMs, looks }) => [
  fromMs === 0 ? 'less than 3 s' : `${fromMs / 1000} s`,
  looks,
])}

Then it answers:

${lights(['the light', 'means'], Object.values(tables.answerTable), ({ looks }) => [looks])}

## Wiring

Without anything wired the light is the Pi's own green LED, where Perch may use it (on the image it may), and on the page.

- **LED** on GPIO 17: pin 11 of the header → 330 Ω → the LED's long leg, its short leg → pin 9 (ground). \`led_pin = 17\`.
  Wired to 3.3 V instead of ground: \`led_active_low = true\`.
- **Button** on GPIO 3: between pin 5 of the header and pin 6 (ground). \`button_pin = 3\`. It needs no resistor there, and a press also starts
  a Pi (other than a Pi 5) that was shut down. Any other pin needs a pull-up resistor, or the line \`gpio=27=ip,pu\` (for GPIO 27) in \`config.txt\`.

The keys stand in [configuration.md](configuration.md). A pin that does not exist or is in use is a notice on the page; the camera goes on.
`;

const check = process.argv.includes('--check');
for (const [name, text] of Object.entries(pages)) {
  const path = join(here, name);
  if (!check) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    console.error(`docs/${name} is stale. Run: node docs/generate.mjs`);
    process.exitCode = 1;
  }
}

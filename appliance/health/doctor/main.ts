/** The program `perch doctor`. Built as one file that needs no package, so that it runs when they are damaged. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { diagnose } from './doctor.ts';
import { printed } from './print.ts';

const help = `perch doctor: says how this machine and Perch are, and what to do

Works whether Perch runs or not. Ends with 0 when nothing is wrong, with 1 when something is or will be soon.

  --json   the same for programs`;

const words = process.argv.slice(2).filter((word) => word !== 'doctor');
const strange = words.find((word) => !['--json', '--help', '-h'].includes(word));
if (strange !== undefined) {
  console.error(`perch: "perch doctor" does not know "${strange}". See: perch doctor --help`);
  process.exitCode = 2;
} else if (words.includes('--help') || words.includes('-h')) {
  console.log(help);
} else {
  const diagnosis = await diagnose({ env: process.env, here: dirname(fileURLToPath(import.meta.url)) });
  process.stdout.write(words.includes('--json') ? `${JSON.stringify(diagnosis, null, 2)}\n` : printed(diagnosis));
  process.exitCode = diagnosis.ok ? 0 : 1;
}

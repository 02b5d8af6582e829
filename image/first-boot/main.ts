/** Run by perch-first-boot.service as root: takes in what lies on the boot partition. */
import { spawn } from 'node:child_process';
import { createLog } from '../../appliance/log.ts';
import { mistakeLine } from './report.ts';
import { type Machine, takeIn } from './take-in.ts';

/** No program called here takes longer when all is well; `systemctl enable` took more than 20 s on an emulated machine. */
const programMs = 60_000;

const machine: Machine = {
  root: '/',
  boot: '/boot/firmware',
  log: createLog('info'),
  run: (program, args, input) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], timeout: programMs });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-2000);
      });
      child.on('error', reject);
      child.on('close', (code) => {
        if (code === 0) resolve();
        else if (code === null) reject(new Error(`${program} was not done after ${programMs / 1000} s and was ended`));
        else reject(new Error(said.trim().split('\n').at(-1) || `${program} ended with ${code}`));
      });
      child.stdin.on('error', () => undefined).end(input ?? '');
    }),
};

const { taken, mistakes, reboot } = await takeIn(machine);
for (const line of taken) console.log(line);
for (const mistake of mistakes) console.error(mistakeLine(mistake));
if (reboot) await machine.run('systemctl', ['reboot']);

/** Run by perch-first-boot.service as root: takes in what lies on the boot partition. */
import { createLog } from '../../appliance/log.ts';
import { run } from '../../appliance/system/run.ts';
import { mistakeLine } from './report.ts';
import { type Machine, takeIn } from './take-in.ts';

/** No program called here takes longer when all is well, in ms; `systemctl enable` took more than 20 s on an emulated machine. */
const timeoutMs = 60_000;

const machine: Machine = {
  root: '/',
  boot: '/boot/firmware',
  log: createLog('info'),
  run: async (program, args, input) => {
    await run(program, args, { input, timeoutMs });
  },
};

const { taken, mistakes, reboot } = await takeIn(machine);
for (const line of taken) console.log(line);
for (const mistake of mistakes) console.error(mistakeLine(mistake));
if (reboot) await machine.run('systemctl', ['reboot']);

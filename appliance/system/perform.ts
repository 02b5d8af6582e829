/** What each verb does to the machine. */
import { PerchError } from '../errors.ts';
import { rollBack, update } from '../update/apply.ts';
import { factoryReset, resetPassword } from './reset.ts';
import type { Perform } from './serve.ts';

/** @see Perform */
export const perform: Perform = async ({ request, machine, progress, body }) => {
  const { run } = machine;
  switch (request.do) {
    case 'reboot':
      await run('systemctl', ['reboot']);
      return 'The device restarts. The page is back in about a minute.';
    case 'poweroff':
      await run('systemctl', ['poweroff']);
      return 'The device shuts down. Pull the plug when its light is off.';
    case 'restart-camera':
      // What failed too often before is forgiven: somebody is there who wants another try.
      await run('systemctl', ['reset-failed', 'perch.service']).catch(() => undefined);
      await run('systemctl', ['restart', '--no-block', 'perch.service']);
      return 'The camera starts anew.';
    case 'leave-safe-mode':
      await run('/usr/lib/perch/system/safe-mode', ['leave']);
      return 'The camera starts anew, with everything.';
    case 'reset-password':
      return resetPassword(machine).catch((error: Error) => {
        throw new PerchError('helper_refused', { reason: error.message });
      });
    case 'factory-reset':
      return factoryReset(machine, progress);
    case 'update':
      return update(body, { allowOlder: request.allow_older === true }, { machine, progress });
    case 'roll-back':
      return rollBack({ machine, progress });
  }
};

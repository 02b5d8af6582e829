/** The program with the terminals in it, one file with everything it needs: `recovery.js terminals SOCKET AUTH_FILE`. */
import { createLog } from '../../log.ts';
import { runAsChild } from '../child.ts';

const log = createLog('info');
const [word, socket, password] = process.argv.slice(2);
if (word !== 'terminals' || socket === undefined || password === undefined) {
  console.error('perch: this program is started by perch serve, for its terminals.');
  process.exit(2);
}
runAsChild({ socket, password }, log).then(
  () => process.exit(0),
  (error: unknown) => {
    log.error({ err: error }, 'the terminals end');
    process.exit(1);
  },
);

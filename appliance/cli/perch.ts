/** The program `perch`: one word, what it does, and a sentence when something is wrong. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Workers } from '../camera/worker.ts';
import { ConfigError, configTable, loadConfig } from '../config.ts';
import { PerchError } from '../errors.ts';
import { createLog } from '../log.ts';
import { factoryResetWord, updateUsage, updateWord } from './device.ts';
import { askLocal } from './socket.ts';

interface Word {
  readonly does: string;
  readonly help: string;
  /** Whether more words may follow. */
  readonly takes?: boolean;
  readonly run: (rest: readonly string[]) => Promise<void>;
}

const relayUsage = `perch relay                      runs until Ctrl-C or SIGTERM
perch relay stop                 ends the one that runs, as Ctrl-C does
perch relay add-device NAME      registers a device and prints its key, once
perch relay remove-device NAME   its key is worth nothing from then on
perch relay reset-password NAME  gives a user a new password and prints it; without NAME the user "admin"

The last three work whether the relay runs or not (same PERCH_RELAY_DATA).`;

const words: Readonly<Record<string, Word>> = {
  serve: {
    does: 'runs the camera and its page',
    help: `Runs until Ctrl-C or SIGTERM. Its configuration is /etc/perch/perch.toml, or the file in PERCH_CONFIG;
the environment wins over the file. Keys and variables:

${Object.entries(configTable)
  .map(([key, { env, help }]) => `  ${key.padEnd(15)} ${env.padEnd(22)} ${help}`)
  .join('\n')}`,
    run: async () => {
      const config = loadConfig();
      const log = createLog(config.log_level ?? (process.stdout.isTTY ? 'warn' : 'info'));
      // Python and GStreamer start beside the rest of this program, and not after it.
      const workers = new Workers(log);
      workers.prepare();
      const { serve } = await import('../main.ts');
      await serve(config, { log, workers });
      // WebRTC connections that were just closed keep their threads for another 17 s; everything is saved by now.
      process.exit(0);
    },
  },
  relay: {
    does: 'runs the central server that steers many devices',
    help: relayUsage,
    takes: true,
    run: async ([action, name, ...more]) => {
      const relay = await import('../../upstream/relay/main.ts');
      if (action === undefined) return relay.relay();
      if (action === 'stop' && name === undefined) return relay.stopRelay();
      if (action === 'reset-password' && more.length === 0) {
        const made = await relay.newPassword(name);
        console.log(`The new password of ${made.name}, shown this once; their sessions are ended:\n${made.password}`);
        return;
      }
      if ((action !== 'add-device' && action !== 'remove-device') || name === undefined || more.length > 0) {
        throw new ConfigError(
          `"perch relay ${[action, name, ...more].join(' ').trim()}" is not known.\n\n${relayUsage}`,
        );
      }
      if (action === 'remove-device') {
        await relay.removeDevice(name);
        console.log(`${name} is removed.`);
        return;
      }
      const { key } = await relay.addDevice(name);
      console.log(`${name} is registered. Its key, shown this once; give it to the device as PERCH_RELAY_KEY:\n${key}`);
    },
  },
  doctor: {
    does: 'says how this machine and Perch are, and what to do',
    help: 'Works whether Perch runs or not, and when its packages are damaged.',
    // program.ts runs it before any of this is loaded.
    run: async () => {},
  },
  status: {
    does: 'shows the cameras of the running program',
    help: 'Asks the running program (same PERCH_DATA) and prints each camera, its state and its settings.',
    run: async () => {
      const status = await askLocal(loadConfig().data, 'status');
      if (status === undefined)
        throw new ConfigError('Perch is not running with this data folder. Start it with: perch serve');
      console.log(JSON.stringify(status, null, 2));
    },
  },
  support: {
    does: 'writes a support bundle: health, logs and settings in one file, secrets removed',
    help: 'perch support FILE.tar.gz\n\nThe running program makes it (same PERCH_DATA). When it does not run, use: perch doctor',
    takes: true,
    run: async ([file, ...more]) => {
      if (file === undefined || more.length > 0) {
        throw new ConfigError('Name the file to be written: perch support FILE.tar.gz');
      }
      const bundle = await askLocal(loadConfig().data, 'support', '', 60_000);
      if (typeof bundle !== 'string') {
        throw new ConfigError('Perch is not running with this data folder. Ask what is the matter: perch doctor');
      }
      await writeFile(file, Buffer.from(bundle, 'base64'), { mode: 0o600 }).catch((error: Error) => {
        throw new ConfigError(`${file} cannot be written: ${error.message}.`);
      });
      console.log(
        `${file} is written. Passwords, keys and tokens have been removed; look through it before you pass it on.`,
      );
    },
  },
  'reset-password': {
    does: 'forgets the password; the next visitor chooses a new one',
    help: 'Everybody is logged out and API tokens end; settings and presets stay. Works whether Perch runs or not.',
    run: async () => {
      const { data } = loadConfig();
      if ((await askLocal(data, 'reset-password')) === undefined) {
        const { Auth } = await import('../auth/auth.ts');
        const auth = await Auth.open({ path: join(data, 'auth.json'), log: createLog('error') });
        await auth.resetPassword();
        await auth.close();
      }
      console.log('The password is forgotten. Open the page and choose a new one.');
    },
  },
  update: {
    does: 'replaces the program by a newer one, or goes back',
    help: `${updateUsage}

The new version is tried: when its page does not answer, a camera that gave pictures gives none, or the link to the
relay does not come back, the one before it runs again. docs/updates.md says more.`,
    takes: true,
    run: updateWord,
  },
  'factory-reset': {
    does: 'forgets everything personal: settings, passwords, networks, updates',
    help: 'Asks first; --yes does not. On the image the device restarts as new; the package forgets what is its own.',
    takes: true,
    run: factoryResetWord,
  },
};

const usage = `perch <word>

${Object.entries(words)
  .map(([word, { does }]) => `  ${word.padEnd(15)} ${does}`)
  .join('\n')}

perch <word> --help says more.`;

async function main([name = '--help', ...rest]: readonly string[]): Promise<void> {
  if (name === '--help' || name === '-h' || name === 'help') return console.log(usage);
  const word = Object.hasOwn(words, name) ? words[name] : undefined;
  if (!word) throw new ConfigError(`There is no "${name}".\n\n${usage}`);
  if (rest.includes('--help') || rest.includes('-h')) return console.log(`perch ${name}: ${word.does}\n\n${word.help}`);
  if (rest[0] !== undefined && !word.takes)
    throw new ConfigError(`"perch ${name}" takes nothing more, but got "${rest[0]}". See: perch ${name} --help`);
  await word.run(rest);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  // What a person can mend is a sentence; anything else is ours and needs its stack.
  const known = error instanceof ConfigError || error instanceof PerchError;
  console.error(known ? `perch: ${error.message}` : error);
  if (!known) console.error('What is the matter may be said by: perch doctor');
  // Not left to the event loop: what had been started before the mistake was found must not keep it alive.
  process.exit(1);
});

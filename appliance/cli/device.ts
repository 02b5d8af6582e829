/** The words that change the device: updates and the factory reset, by way of the root helper. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { ConfigError, loadConfig } from '../config.ts';
import { createSystem } from '../system/index.ts';
import { openBundle } from '../update/source.ts';
import { askLocal } from './socket.ts';

export const updateUsage = `perch update FILE|URL                takes in a bundle; it is tried, and taken back when it does worse
perch update --allow-older FILE|URL  also one that is older than what runs
perch update --back                  back to the version before`;

const print = (sentence: string) => console.log(sentence);

/**
 * `perch update`.
 * @throws ConfigError, PerchError
 */
export async function updateWord(words: readonly string[]): Promise<void> {
  const { system_socket } = loadConfig();
  const system = createSystem(system_socket);
  const options = words.filter((word) => word.startsWith('--'));
  const [from, ...more] = words.filter((word) => !word.startsWith('--'));
  const unknown = options.find((option) => option !== '--allow-older' && option !== '--back');
  if (unknown !== undefined || more.length > 0)
    throw new ConfigError(`"${unknown ?? more[0]}" is too much.\n\n${updateUsage}`);
  if (options.includes('--back')) {
    if (from !== undefined || options.length > 1) throw new ConfigError(`--back stands alone.\n\n${updateUsage}`);
    return print(await system.ask({ do: 'roll-back' }, { onProgress: print }));
  }
  if (from === undefined) throw new ConfigError(`Which bundle?\n\n${updateUsage}`);
  // Without a helper nothing is fetched first.
  const body = system.available() ? await openBundle(from) : undefined;
  const allow_older = options.includes('--allow-older');
  print(await system.ask({ do: 'update', allow_older }, { body, onProgress: print }));
}

/**
 * `perch factory-reset`.
 * @throws ConfigError, PerchError
 */
export async function factoryResetWord(words: readonly string[]): Promise<void> {
  const unknown = words.find((word) => word !== '--yes');
  if (unknown !== undefined) throw new ConfigError(`"perch factory-reset" knows --yes, not "${unknown}".`);
  const { data, system_socket } = loadConfig();
  const system = createSystem(system_socket);
  if (!system.available() && (await askLocal(data, 'status')) !== undefined)
    throw new ConfigError('Perch is running with this data folder. Stop it first, then reset.');
  const what = system.available() ? 'everything personal on this device' : `everything in ${data}`;
  if (!words.includes('--yes') && !(await confirmed(what))) return print('Nothing was changed.');
  if (system.available()) return print(await system.ask({ do: 'factory-reset' }, { onProgress: print }));
  for (const name of await readdir(data).catch((): string[] => []))
    await rm(join(data, name), { recursive: true, force: true });
  print('Everything is forgotten. The next start begins anew.');
}

async function confirmed(what: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new ConfigError('Nobody is here to ask. If it is meant: perch factory-reset --yes');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`This forgets ${what}, and cannot be undone. Type yes to do it: `);
  terminal.close();
  return answer.trim().toLowerCase() === 'yes';
}

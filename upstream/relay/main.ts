/** `perch relay`: the table of contents of the central server. */
import { askLocal, serveLocal } from '../../appliance/cli/socket.ts';
import { ConfigError } from '../../appliance/config.ts';
import { PerchError } from '../../appliance/errors.ts';
import { createLog } from '../../appliance/log.ts';
import { loadRelayConfig } from './config.ts';
import { Fleet } from './fleet/fleet.ts';
import { LocalBackplane } from './fleet/local.ts';
import { startRelay } from './relay.ts';

/** Runs until Ctrl-C, SIGTERM or, on Windows, the end of the session. */
export async function relay(): Promise<void> {
  const config = loadRelayConfig();
  if ((await askLocal(config.data, 'ping')) !== undefined) {
    throw new ConfigError(`A relay is already running with the folder ${config.data}. Stop it first.`);
  }
  const log = createLog(config.log_level);
  const running = await startRelay({ config, log });
  const local = await serveLocal(config.data, {
    ping: async () => 'pong',
    'add-device': (name) => inWords(running.fleet.devices.add(name)),
    'remove-device': (name) => inWords(running.fleet.devices.revoke(name)),
  });
  const scheme = running.encrypted ? 'https' : 'http';
  console.error(`The relay is at ${scheme}://localhost:${running.port}`);
  if (!running.people.claimed) console.error('Nobody is admin yet: open that page and choose a password.');

  const signals: NodeJS.Signals[] =
    process.platform === 'win32' ? ['SIGINT', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM', 'SIGHUP'];
  await new Promise<void>((resolve) => {
    for (const signal of signals) process.once(signal, () => resolve());
  });
  local.close();
  local.closeAllConnections();
  await running.close();
}

/** `perch relay add-device NAME`: by the running relay, or in its folder when none runs. */
export async function addDevice(name: string): Promise<{ readonly name: string; readonly key: string }> {
  return (await changeDevices('add-device', name)) as { name: string; key: string };
}

/** `perch relay remove-device NAME`. */
export async function removeDevice(name: string): Promise<void> {
  await changeDevices('remove-device', name);
}

async function changeDevices(action: 'add-device' | 'remove-device', name: string): Promise<unknown> {
  const { data } = loadRelayConfig();
  const answer = (await askLocal(data, action, name)) as { result?: unknown; problem?: string } | undefined;
  if (answer !== undefined) {
    if (answer.problem !== undefined) throw new ConfigError(answer.problem);
    return answer.result;
  }
  const log = createLog('error');
  const fleet = await Fleet.open(await LocalBackplane.open(data, log), log);
  try {
    return await (action === 'add-device' ? fleet.devices.add(name) : fleet.devices.revoke(name));
  } finally {
    await fleet.close();
  }
}

/** A refusal travels over the local socket as its sentence. */
async function inWords(result: Promise<unknown>): Promise<{ result?: unknown; problem?: string }> {
  try {
    return { result: (await result) ?? null };
  } catch (error) {
    if (error instanceof PerchError) return { problem: error.message };
    throw error;
  }
}

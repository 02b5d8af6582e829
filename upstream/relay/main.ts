/** `perch relay`: the table of contents of the central server. */
import { mkdir } from 'node:fs/promises';
import { askLocal, serveLocal } from '../../appliance/cli/socket.ts';
import { ConfigError } from '../../appliance/config.ts';
import { PerchError } from '../../appliance/errors.ts';
import { createLog, type Logger } from '../../appliance/log.ts';
import { loadRelayConfig } from './config.ts';
import { Fleet } from './fleet/fleet.ts';
import { openBackplane } from './fleet/open.ts';
import { People } from './people/people.ts';
import { type NewPassword, resetPassword } from './people/reset.ts';
import { startRelay } from './relay.ts';

/** Runs until Ctrl-C, SIGTERM or, on Windows, the end of the session. */
export async function relay(): Promise<void> {
  const config = loadRelayConfig();
  if ((await askLocal(config.data, 'ping')) !== undefined) {
    throw new ConfigError(`A relay is already running with the folder ${config.data}. Stop it first.`);
  }
  await mkdir(config.data, { recursive: true, mode: 0o700 }).catch((error: Error) => {
    const todo = 'Set PERCH_RELAY_DATA to one that can.';
    throw new ConfigError(`The folder ${config.data} cannot be made (${error.message}). ${todo}`);
  });
  const log = createLog(config.log_level);
  const running = await startRelay({ config, log });
  let stop = () => {};
  const told = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const local = await serveLocal(config.data, {
    ping: async () => 'pong',
    'add-device': (name) => inWords(running.fleet.devices.add(name)),
    'remove-device': (name) => inWords(running.fleet.devices.revoke(name)),
    'reset-password': (name) => inWords(resetPassword(running.people, name || undefined)),
    stop: async () => stop(),
  });
  const scheme = running.encrypted ? 'https' : 'http';
  console.error(`The relay is at ${scheme}://localhost:${running.port}`);
  if (!running.people.claimed) console.error('Nobody is admin yet: open that page and choose a password.');

  // Windows has no SIGTERM to send; SIGHUP is what it calls the closing of a console window.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const) {
    if (signal !== 'SIGBREAK' || process.platform === 'win32') process.once(signal, stop);
  }
  await told;
  await running.close();
  // Last, so that whoever sees it gone knows that all is saved.
  local.close();
  local.closeAllConnections();
}

/** `perch relay stop`: resolves when the running relay has ended. */
export async function stopRelay(): Promise<void> {
  const { data } = loadRelayConfig();
  if ((await askLocal(data, 'stop')) === undefined) {
    throw new ConfigError(`No relay is running with the folder ${data}.`);
  }
  while ((await askLocal(data, 'ping')) !== undefined) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** `perch relay add-device NAME`: by the running relay, or in its folder when none runs. */
export async function addDevice(name: string): Promise<{ readonly name: string; readonly key: string }> {
  const made = await inRelay('add-device', name, (fleet) => fleet.devices.add(name));
  return made as { name: string; key: string };
}

/** `perch relay remove-device NAME`. */
export async function removeDevice(name: string): Promise<void> {
  await inRelay('remove-device', name, (fleet) => fleet.devices.revoke(name));
}

/** `perch relay reset-password [NAME]`. */
export async function newPassword(name = ''): Promise<NewPassword> {
  const made = await inRelay('reset-password', name, async ({ backplane }, log) =>
    resetPassword(await People.open({ backplane, log }), name || undefined),
  );
  return made as NewPassword;
}

/** Has the running relay do something, or does it in its folder when none runs. */
async function inRelay(
  action: string,
  name: string,
  otherwise: (fleet: Fleet, log: Logger) => Promise<unknown>,
): Promise<unknown> {
  const config = loadRelayConfig();
  const answer = (await askLocal(config.data, action, name)) as { result?: unknown; problem?: string } | undefined;
  if (answer !== undefined) {
    if (answer.problem !== undefined) throw new ConfigError(answer.problem);
    return answer.result;
  }
  const log = createLog('error');
  const fleet = await Fleet.open(await openBackplane(config, log), log);
  try {
    return await otherwise(fleet, log);
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

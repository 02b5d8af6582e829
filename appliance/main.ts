/**
 * The table of contents: what Perch is made of, who feeds whom, in which order it starts and stops.
 */
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mistakesForPage } from '../image/first-boot/report.ts';
import { createLink } from '../upstream/link/link.ts';
import { Auth } from './auth/auth.ts';
import { resetPassword } from './auth/reset.ts';
import { openCameras } from './camera/cameras.ts';
import { CameraNames } from './camera/names.ts';
import type { Workers } from './camera/worker.ts';
import { announce } from './cli/announce.ts';
import { askLocal, serveLocal } from './cli/socket.ts';
import { Audit } from './command/audit.ts';
import { CommandDoor } from './command/door.ts';
import { type Config, ConfigError } from './config.ts';
import { PerchError } from './errors.ts';
import { figuresOf } from './health/cameras.ts';
import { Health } from './health/health.ts';
import { supportBundle } from './health/support/bundle.ts';
import { wireHealth } from './health/wire.ts';
import { createHttp } from './http/http.ts';
import { viewersOf } from './http/viewers.ts';
import { buttonActions } from './led/button-actions.ts';
import { cameraFact, linkFact, networkFact } from './led/facts.ts';
import { Led } from './led/led.ts';
import { type Logger, newestLines } from './log.ts';
import { MediaMtx } from './mediamtx/mediamtx.ts';
import { Network } from './network/index.ts';
import { minimal, passingFolder, safeModeNotice } from './safe-mode.ts';
import { Profiles } from './settings/profiles.ts';
import { SavedSettings } from './settings/saved.ts';
import { Shell } from './shell/index.ts';
import { wakeRecovery } from './shell/wake.ts';
import { MseViewers } from './stream/mse.ts';
import { WhepViewers } from './stream/whep.ts';
import { createSystem } from './system/index.ts';
import { Notify } from './system/notify.ts';
import { Updates } from './update/index.ts';
import type { Vitals } from './update/trial.ts';
import { version } from './version.ts';

/** The built page stands beside the built program. */
const pageFolder = fileURLToPath(new URL('./page', import.meta.url));

/** After a start perch-recovery looks whether the password is another now, when the picture has long been there; in ms. */
const wakeRecoveryMs = 120_000;

export interface ServeOptions {
  readonly log: Logger;
  /** Of the cameras; started beforehand, since they take as long to start as the rest. */
  readonly workers: Workers;
  /** Draws the capture time into every picture, for measurements. */
  readonly stamp?: boolean;
}

/**
 * Runs the appliance until SIGINT or SIGTERM.
 * @throws ConfigError what a person can mend: a port in use, a data folder that is
 */
export async function serve(configured: Config, { log, workers, stamp = false }: ServeOptions): Promise<void> {
  const safeMode = configured.safe_mode;
  const config = safeMode === undefined ? configured : minimal(configured);
  const inData = (name: string) => join(config.data, name);
  if ((await askLocal(config.data, 'status')) !== undefined) {
    throw new ConfigError(
      `Perch is already running with the data folder ${config.data}. Stop it, or set PERCH_DATA to another folder.`,
    );
  }

  // The light says that it starts; nobody waits for its pins
  const lighting = Led.open({ config, log });
  // However this ends, the pins are left as they were found.
  void lighting.then((led) => process.once('exit', () => led.close()));

  // What is saved
  await mkdir(config.data, { recursive: true, mode: 0o700 }).catch((error: Error) => {
    throw new ConfigError(
      `The data folder ${config.data} cannot be made (${error.message}). Set PERCH_DATA to one that can.`,
    );
  });
  const passing = safeMode === undefined ? undefined : await passingFolder();
  const settings = (name: string) => join(passing?.path ?? config.data, name);
  const saved = await SavedSettings.open(settings('cameras.json'), log, () => door.saved());
  const names = await CameraNames.open(settings('camera-names.json'), log);
  const profiles = await Profiles.open(settings('profiles.json'), log);
  const auth = await Auth.open({ path: inData('auth.json'), log, adminPassword: config.admin_password });
  const audit = new Audit(inData('audit.jsonl'), log);

  // The network it stands in
  const network = await Network.open({
    path: inData('network.json'),
    log,
    audit,
    manage: config.manage_wifi,
    hotspotPassword: config.hotspot_password,
    claimed: () => auth.claimed,
  });

  // The cameras, and the one door to them
  const door = new CommandDoor({ saved, audit, log });
  const cameras = await openCameras({ config, saved, names, log, workers, stamp, onlyFirst: safeMode !== undefined });
  cameras.onAdded((camera) => door.attach(camera));

  // Those who watch
  const whep = new WhepViewers({
    feed: (name) => {
      const camera = cameras.byName.get(name);
      if (!camera)
        throw new PerchError('unknown_camera', {
          value: JSON.stringify(name),
          allowed: [...cameras.byName.keys()].join(', '),
        });
      return camera.video;
    },
    icePorts: config.ice_ports,
    maxViewers: config.max_viewers,
    log,
  });
  const mse = new MseViewers({ maxViewers: config.max_viewers, log });
  const mediamtx =
    config.mediamtx_rtsp === undefined
      ? undefined
      : new MediaMtx({ cameras: [], rtsp: config.mediamtx_rtsp, api: config.mediamtx_api, log });
  if (mediamtx) cameras.onAdded((camera) => mediamtx.attach(camera));
  door.showStreams((name) => {
    const status = mediamtx?.status(name);
    return status && { ...status.addresses, loopback: status.loopback };
  });
  mediamtx?.on('status', (name) => door.streamsChanged(name));

  // Those who ask
  const led = await lighting;
  const link = createLink({ config, door, cameras: () => [...cameras.byName.keys()], log });
  const system = createSystem(config.system_socket);
  const updates = new Updates({ system });
  await updates.start();
  const onCard = await mistakesForPage();
  const shell = config.shell ? new Shell({ data: config.data, audit, log }) : undefined;
  const notices = () => [
    ...onCard,
    ...[saved, profiles, auth, network, led, door, updates].flatMap((part) => part.notices),
    ...(saved.error === undefined
      ? []
      : [`Settings cannot be saved: ${saved.error}. They are in effect, and it is tried again.`]),
  ];
  const statuses = () => [...cameras.byName.values()].map((each) => ({ ...each.status(), ...door.status(each.name) }));
  const health = await Health.open({
    path: inData('health.json'),
    data: config.data,
    cameras: () =>
      [...cameras.byName.values()].map((camera) => figuresOf(camera, viewersOf(camera, { whep, mse }).total)),
    link: () => link.status(),
    safeMode,
    log,
  });
  const support = () =>
    supportBundle({
      config,
      findings: async () => (await health.now()).findings,
      log: newestLines,
      documents: {
        'health.json': async () => ({ ...wireHealth(await health.now()), notices: notices(), link: link.status() }),
        'history.json': () => health.history(24),
        'cameras.json': () => statuses(),
        'audit.json': () => audit.recent(200),
      },
    });
  const http = createHttp({
    config,
    log,
    door,
    cameras: cameras.byName,
    auth,
    profiles,
    whep,
    mse,
    mediamtx,
    link,
    health,
    support,
    network,
    led,
    system,
    updates,
    safeMode: safeMode === undefined ? undefined : safeModeNotice(safeMode),
    shell,
    notices,
    saved: (name) => saved.savedRevision(name),
    pageFolder,
  });
  const addresses = await http.listen();
  const pulse = () =>
    [...cameras.byName.values()].map((camera) => {
      const { name, state, stateMessage, measured } = camera.status();
      return { name, state, fps: measured.pulse, message: stateMessage };
    });
  const vitals = (): Vitals => ({ version, addresses, cameras: pulse(), link: link.status().state });
  const notify = new Notify({ cameras: pulse, log });
  const local = await serveLocal(config.data, {
    vitals: async () => vitals(),
    status: async () => statuses(),
    health: async () => ({ ...wireHealth(await health.now()), notices: notices() }),
    support: async () => (await support()).toString('base64'),
    'reset-password': async () => {
      await resetPassword({ auth, audit }, 'Shell');
      return true;
    },
  });

  cameras.start();
  mediamtx?.start();
  link.start();
  health.start();
  network.start();
  led.begin({
    facts: () => ({
      ready: true,
      stopping: false,
      updating: updates.busy,
      cameras: [...cameras.byName.values()].map((camera) => cameraFact(camera.status(), config.cameras.length === 0)),
      link: linkFact(link.status().state),
      network: networkFact(network.status()),
      safeMode: safeMode !== undefined,
      shells: shell?.count ?? 0,
    }),
    actions: buttonActions({ door, cameras: () => cameras.byName.values(), auth, audit, network, system }),
  });
  door.subscribe(() => led.look());
  await notify.ready();
  shell?.on('count', () => led.look());
  shell?.start();
  auth.onPassword(() => wakeRecovery());
  setTimeout(wakeRecovery, wakeRecoveryMs).unref();
  // Before anybody knows that it runs: who then ends it at once has it end in order.
  const told = untilTold();
  announce(addresses, { claimed: auth.claimed, log });
  whep.prepare();

  const signal = await told;
  log.info({ signal }, 'stopping');
  led.ending();
  await notify.stopping();
  local.close();
  await Promise.all([http.close(), link.stop(), network.stop(), shell?.stop()]);
  await Promise.all([whep.close(), mse.close(), mediamtx?.stop()]);
  await cameras.close();
  await Promise.all([saved.close(), names.close(), profiles.close(), auth.close(), audit.flush(), health.stop()]);
  await passing?.remove();
  log.info('stopped');
}

/** A second signal, while stopping, ends the process at once: somebody at the keyboard means it. */
async function untilTold(): Promise<string> {
  const told = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const [name] = await Promise.race(
    signals.map(async (signal) => [signal, await once(process, signal, { signal: told.signal })] as const),
  );
  told.abort();
  for (const signal of signals) process.once(signal, () => process.exit(130));
  return name;
}

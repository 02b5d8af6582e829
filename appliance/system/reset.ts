/** Forgetting: the password alone, or everything personal. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Auth } from '../auth/auth.ts';
import { askLocal } from '../cli/socket.ts';
import type { Machine } from './machine.ts';

/** Nobody needs the camera's password from now on: the next visitor chooses one. Works whether the camera runs or not. */
export async function resetPassword(machine: Machine): Promise<string> {
  const data = join(machine.root, 'var/lib/perch');
  if (!existsSync(data)) throw new Error(`There is nothing to reset: ${data} is not there.`);
  await machine.become(data);
  if ((await askLocal(data, 'reset-password')) === undefined) {
    const auth = await Auth.open({ path: join(data, 'auth.json'), log: machine.log });
    await auth.resetPassword();
    await auth.close();
  }
  return 'The password is forgotten. Open the page and choose a new one.';
}

/** What lies on the boot partition of a camera that somebody gives away, beside what starts it. */
const onBootPartition = /^(perch\.toml|perch-report\.txt|.*\.ovpn|user-data|network-config|meta-data)$/i;

/**
 * Nothing personal is kept. On the image everything that changed lies on the data partition and is thrown away at the
 * next start, before anything reads it (image/initramfs/data-partition): settings, presets, passwords, Wi-Fi, VPN, ssh
 * keys, logins, logs, and updates too: the version that came with the image is the one that surely starts. On a system
 * that only has the package, Perch's own folders are emptied; the rest of that system is not Perch's.
 */
export async function factoryReset(machine: Machine, progress: (sentence: string) => void): Promise<string> {
  return (await isImage(machine)) ? resetImage(machine) : resetPackage(machine, progress);
}

/** Whether this system's changes all lie on a data partition, as on the image. */
async function isImage({ root }: Machine): Promise<boolean> {
  const mounts = await readFile(join(root, 'proc/mounts'), 'utf8').catch(() => '');
  return mounts.split('\n').some((line) => line.split(' ')[1] === '/data') && existsSync(join(root, 'data'));
}

async function resetImage(machine: Machine): Promise<string> {
  const boot = join(machine.root, 'boot/firmware');
  const request = join(machine.root, 'data/.factory-reset');
  // First what cannot be forgotten after the promise was kept: the partition that every computer reads.
  try {
    const personal = (await readdir(boot)).filter((name) => onBootPartition.test(name));
    if (personal.length > 0) {
      await machine.run('mount', remount('rw', boot));
      for (const name of personal) await rm(join(boot, name), { force: true });
    }
  } catch (error) {
    // A card that cannot be written there still forgets the rest.
    machine.log.error({ err: error }, 'boot partition not cleared');
  } finally {
    await machine.run('mount', remount('ro', boot)).catch(() => undefined);
  }
  await writeFile(request, '');
  await synced(request);
  await synced(join(machine.root, 'data'));
  await machine.run('systemctl', ['reboot']);
  return 'Everything personal is forgotten with this restart. In a minute the camera is as new.';
}

/**
 * Not by fstab, which names the partition by its id: the helper's service has no /dev to look for it in (PrivateDevices=),
 * and mount(8) then says that all went well and changes nothing.
 */
function remount(how: 'rw' | 'ro', folder: string): string[] {
  return ['--options-source=disable', '-o', `remount,${how}`, folder];
}

async function resetPackage(machine: Machine, progress: (sentence: string) => void): Promise<string> {
  const at = (path: string) => join(machine.root, path);
  const services = ['perch.service', 'perch-recovery.socket'];
  progress('Stopping the camera.');
  await machine.run('systemctl', ['stop', ...services, 'perch-recovery.service'], { timeoutMs: 60_000 });
  try {
    progress('Forgetting everything.');
    const state = at('var/lib');
    for (const name of (await readdir(state)).filter((each) => each === 'perch' || each.startsWith('perch-'))) {
      // The folder itself stays: its owner is right.
      for (const inside of await readdir(join(state, name)))
        await rm(join(state, name, inside), { recursive: true, force: true });
    }
    const packaged = at('usr/lib/perch/system/perch.toml');
    if (existsSync(packaged)) {
      await mkdir(at('etc/perch'), { recursive: true });
      await copyFile(packaged, at('etc/perch/perch.toml'));
    }
  } finally {
    await machine.run('systemctl', ['start', '--no-block', ...services]);
  }
  return 'Everything personal is forgotten. Open the page and choose a password.';
}

async function synced(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

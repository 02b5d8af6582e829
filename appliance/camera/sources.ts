/** From a configured source to what is known of it now, and from this device to the cameras it has. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Source } from '../config.ts';
import { fileProblem, type Scout } from './footage.ts';
import { type LibcameraDevice, libcameraSource, parseCameraList } from './libcamera.ts';
import type { Machine } from './machine.ts';
import type { FoundCamera } from './names.ts';
import { fileSource, type SourcePlan, testSource } from './source.ts';
import { parseControls, parseDevices, parseFormats, parseInfo, type V4l2Device, v4l2Source } from './v4l2.ts';

const run = promisify(execFile);

/** Runs a tool and gives what it prints; empty where it is missing or fails: then there is nothing to know. */
export type Ask = (program: string, args: readonly string[]) => Promise<string>;

export const ask: Ask = async (program, args) => {
  try {
    // A slow machine that starts everything at once needs seconds (an emulated one did); what hangs is given up.
    return (await run(program, args, { timeout: 20_000 })).stdout;
  } catch {
    return '';
  }
};

/** Asks the device, where there is one to ask. What is not there is planned all the same: it is waited for. */
export async function planSource(
  source: Source,
  machine: Machine,
  scout: Pick<Scout, 'look'>,
  asked: Ask = ask,
): Promise<SourcePlan> {
  switch (source.kind) {
    case 'test':
      return testSource();
    case 'file': {
      const problem = await fileProblem(source.path);
      return fileSource(source.path, problem === undefined ? await scout.look(source.path) : undefined, problem);
    }
    case 'v4l2':
      return v4l2Source(source.device, existsSync(source.device) ? await readV4l2(source.device, asked) : undefined);
    case 'libcamera': {
      const devices = await listLibcamera(asked);
      const device = devices.find(({ id }) => id === source.id) ?? devices[Number(source.id)];
      return libcameraSource(source.id, device, machine);
    }
  }
}

async function readV4l2(device: string, asked: Ask): Promise<V4l2Device> {
  // One after the other: some cameras answer only one at a time.
  const info = parseInfo(await asked('v4l2-ctl', ['-d', device, '--info']));
  const modes = parseFormats(await asked('v4l2-ctl', ['-d', device, '--list-formats-ext']));
  const controls = parseControls(await asked('v4l2-ctl', ['-d', device, '--list-ctrls-menus']));
  return { name: info.name, modes, controls };
}

async function listLibcamera(asked: Ask): Promise<LibcameraDevice[]> {
  for (const [program, args] of [
    ['rpicam-hello', ['--list-cameras']],
    ['libcamera-hello', ['--list-cameras']],
    ['cam', ['-l']],
  ] as const) {
    const devices = parseCameraList(await asked(program, args));
    if (devices.length > 0) return devices;
  }
  return [];
}

/** Nodes of the Pi's own codecs and image processor: they are V4L2 devices, but no cameras. */
const noCameras = /bcm2835-(codec|isp)|rpi-?hevc|rpivid|pispbe|rp1-cfe|unicam|pispbe|rpi-h264/i;

/** The cameras of this device: CSI cameras, then USB ones, in the order of the system, which may be another tomorrow. */
export async function findCameras(machine: Machine, asked: Ask = ask): Promise<FoundCamera[]> {
  const found: FoundCamera[] = [];
  if (machine.libcamera) {
    for (const { id } of await listLibcamera(asked)) {
      found.push({ source: { kind: 'libcamera', id }, model: id, socket: '' });
    }
  }
  for (const { name, bus, nodes } of parseDevices(await asked('v4l2-ctl', ['--list-devices']))) {
    if (noCameras.test(name)) continue;
    for (const device of nodes) {
      if (!parseInfo(await asked('v4l2-ctl', ['-d', device, '--info'])).capture) continue;
      if (parseFormats(await asked('v4l2-ctl', ['-d', device, '--list-formats-ext'])).length === 0) continue;
      found.push({ source: { kind: 'v4l2', device }, model: name, socket: bus });
      break;
    }
  }
  return found;
}

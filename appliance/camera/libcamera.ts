/** CSI cameras through libcamera, understood from what its list tools print. */
import type { Settings } from '../settings/table.ts';
import type { LookField } from './look.ts';
import type { Machine } from './machine.ts';
import type { SourcePlan } from './source.ts';
import type { Properties } from './worker.ts';

export interface LibcameraDevice {
  /** libcamera's id: "/base/soc/i2c0mux/i2c@1/imx219@1a". */
  readonly id: string;
  /** The sensor: "imx219". */
  readonly model: string;
  /** Modes of the sensor, where the tool tells. */
  readonly modes: readonly { readonly width: number; readonly height: number; readonly fps: number }[];
}

/** The cameras in the output of `rpicam-hello --list-cameras` or `cam -l`, in libcamera's order. */
export function parseCameraList(text: string): LibcameraDevice[] {
  const found: { id: string; model: string; modes: { width: number; height: number; fps: number }[] }[] = [];
  for (const line of text.split('\n')) {
    const rpicam = /^\d+ : (.+?) \[[^\]]*\] \((\S+)\)\s*$/.exec(line);
    const cam = /^\d+: (.*?)\s*\((\/base\/\S+)\)\s*$/.exec(line);
    const mode = /(\d+)x(\d+) \[([\d.]+) fps/.exec(line);
    if (rpicam) found.push({ model: rpicam[1] ?? 'camera', id: rpicam[2] ?? '', modes: [] });
    else if (cam) found.push({ model: sensorOf(cam[2] ?? ''), id: cam[2] ?? '', modes: [] });
    else if (mode) {
      found.at(-1)?.modes.push({ width: Number(mode[1]), height: Number(mode[2]), fps: Math.floor(Number(mode[3])) });
    }
  }
  // USB cameras are listed too where libcamera handles them; they are V4L2's here.
  return found.filter(({ id }) => !id.includes('usb'));
}

function sensorOf(id: string): string {
  return /([^/]+?)@[0-9a-f]+$/i.exec(id)?.[1] ?? 'camera';
}

/** Fields and the property of libcamerasrc (0.4 and later) that makes them. */
const lookProperties = ['brightness', 'contrast', 'saturation', 'sharpness'] as const;

/** What a CSI camera puts at the head of the pipeline. `device` undefined: libcamera does not list it now. */
export function libcameraSource(id: string, device: LibcameraDevice | undefined, machine: Machine): SourcePlan {
  const has = (property: string) => machine.libcameraProperties.includes(property);
  const exposure = has('exposure-time') && (has('ae-enable') || has('exposure-time-mode'));
  const fastest = device?.modes.reduce((most, mode) => Math.max(most, mode.fps), 0) || 30;
  const maxWidth = device?.modes.reduce((most, mode) => Math.max(most, mode.width), 0) || 1920;
  const maxHeight = device?.modes.reduce((most, mode) => Math.max(most, mode.height), 0) || 1080;
  const old = 'The libcamera of this system cannot set it while the camera plays (0.4 or later can).';
  const name = device?.id ?? (id.startsWith('/') ? id : undefined);
  return {
    label: device === undefined ? 'Camera module' : `Camera module ${device.model}`,
    head: (settings) => {
      const { width, height, fps } = sensorOutput(settings, machine);
      return (
        `libcamerasrc name=source ! video/x-raw,format=NV12,width=${width},height=${height},framerate=${fps}/1` +
        ' ! queue leaky=downstream max-size-buffers=2'
      );
    },
    texts: name === undefined ? {} : { source: { 'camera-name': name } },
    fits: true,
    picture: (settings) => {
      const { width, height } = sensorOutput(settings, machine);
      return [width, height];
    },
    tail: 'identity name=straight',
    dropOnly: true,
    format: 'NV12',
    controls: (settings) => libcameraControls(settings, has, exposure),
    controlDelay: 4,
    software: new Set<LookField>(lookProperties.filter((property) => !has(property))),
    unavailable: exposure ? {} : { auto_exposure: old, exposure_time: old },
    maxWidth,
    maxHeight,
    maxFps: Math.min(fastest, 60),
    sizes: [],
    startMs: 12_000,
  };
}

/**
 * What libcamera is asked for. It restarts the camera when this changes, so it is the same for nearly all settings: the
 * largest picture the machine encodes at up to 30, and 1280x720 above.
 */
function sensorOutput(settings: Settings, machine: Machine): { width: number; height: number; fps: number } {
  if (settings.fps > 30) return { width: 1280, height: 720, fps: settings.fps > 50 ? 60 : 50 };
  return { width: machine.maxWidth, height: machine.maxHeight, fps: 30 };
}

/** libcamera: brightness -1 to 1; contrast, saturation and sharpness from 0, where 1 is the camera as it is. */
function libcameraControls(settings: Settings, has: (property: string) => boolean, exposure: boolean): Properties {
  const values: Record<string, string> = {};
  const put = (property: string, value: number) => {
    if (has(property)) values[property] = String(Number(value.toFixed(3)));
  };
  put('brightness', settings.brightness / 200);
  put('contrast', 2 ** (settings.contrast / 100));
  put('saturation', 1 + settings.saturation / 100);
  // Up to 4 sharpens visibly, beyond it shows mostly noise.
  put('sharpness', settings.sharpness < 0 ? 1 + settings.sharpness / 100 : 1 + (settings.sharpness * 3) / 100);
  if (exposure) {
    if (has('exposure-time-mode')) values['exposure-time-mode'] = settings.auto_exposure ? 'auto' : 'manual';
    else values['ae-enable'] = String(settings.auto_exposure);
    if (!settings.auto_exposure) values['exposure-time'] = String(settings.exposure_time);
  }
  return Object.keys(values).length === 0 ? {} : { source: values };
}

/** USB cameras and everything else that speaks Video4Linux2, understood from what v4l2-ctl prints. */
import type { Settings } from '../settings/table.ts';
import type { LookField } from './look.ts';
import type { SourcePlan } from './source.ts';
import type { Properties } from './worker.ts';

export interface V4l2Mode {
  /** As V4L2 writes it: "MJPG", "YUYV". */
  readonly format: string;
  readonly width: number;
  readonly height: number;
  /** Pictures per second, highest. */
  readonly fps: number;
}

export interface V4l2Control {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly default: number;
  /** Values of a menu. */
  readonly menu: readonly number[];
}

export interface V4l2Device {
  readonly name: string;
  readonly modes: readonly V4l2Mode[];
  readonly controls: ReadonlyMap<string, V4l2Control>;
}

/** Formats that can be made into pictures, best first for small sizes: raw ones need no decoding. */
const rawFormats: Readonly<Record<string, string>> = { YUYV: 'YUY2', NV12: 'NV12', YU12: 'I420', UYVY: 'UYVY' };

/** The device's name in the output of `v4l2-ctl --info`. */
export function parseInfo(text: string): { name: string; capture: boolean } {
  const name = /^\s*Card type\s*:\s*(.+?)\s*$/m.exec(text)?.[1] ?? 'camera';
  // "Device Caps" is this node's; "Capabilities" above it is the whole device's. A UVC camera's second node has none.
  const caps = /Device Caps\s*:.*\n((?:\t\t.*\n?)*)/.exec(text)?.[1] ?? '';
  const lines = caps.split('\n').map((line) => line.trim());
  return { name: name.replace(/:.*$/, ''), capture: lines.includes('Video Capture') };
}

/** The modes in the output of `v4l2-ctl --list-formats-ext` that can be used. A range of sizes gives common ones. */
export function parseFormats(text: string): V4l2Mode[] {
  const modes: V4l2Mode[] = [];
  let format = '';
  let sizes: (readonly [number, number])[] = [];
  for (const line of text.split('\n')) {
    const isFormat = /^\s*\[\d+\]: '(.{4})'/.exec(line);
    const discrete = /Size: Discrete (\d+)x(\d+)/.exec(line);
    const range = /Size: (?:Stepwise|Continuous) (\d+)x(\d+) - (\d+)x(\d+)/.exec(line);
    const fps = /Interval: .*\(([\d.]+)(?:-([\d.]+))? fps\)/.exec(line);
    if (isFormat) {
      format = isFormat[1]?.trim() ?? '';
      sizes = [];
    } else if (discrete) {
      sizes = [[Number(discrete[1]), Number(discrete[2])]];
      push(30, false);
    } else if (range) {
      const [minW, minH, maxW, maxH] = range.slice(1).map(Number) as [number, number, number, number];
      const all = [
        [320, 240],
        [640, 480],
        [1280, 720],
        [1920, 1080],
      ] as const;
      sizes = all.filter(([w, h]) => w >= minW && h >= minH && w <= maxW && h <= maxH);
      push(30, false);
    } else if (fps) {
      push(Math.max(Number(fps[1]), Number(fps[2] ?? 0)), true);
    }
  }
  return modes;

  /** The rate is printed after the size: 30 stands until then, for drivers that print none. */
  function push(rate: number, printed: boolean): void {
    if (format !== 'MJPG' && format !== 'JPEG' && rawFormats[format] === undefined) return;
    for (const [width, height] of sizes) {
      const at = modes.findIndex((mode) => mode.format === format && mode.width === width && mode.height === height);
      const known = modes[at];
      const mode = { format, width, height, fps: Math.round(rate) };
      if (known === undefined) modes.push(printed ? mode : { ...mode, fps: 0 });
      else if (printed && mode.fps > known.fps) modes[at] = mode;
    }
  }
}

/** The controls in the output of `v4l2-ctl --list-ctrls-menus`. */
export function parseControls(text: string): Map<string, V4l2Control> {
  const controls = new Map<string, V4l2Control>();
  let last: { menu: number[] } | undefined;
  for (const line of text.split('\n')) {
    const control = /^\s*([a-z0-9_]+) 0x[0-9a-f]+ \((\w+)\)\s*:(.*)$/.exec(line);
    if (control) {
      const [, name = '', kind = '', rest = ''] = control;
      const value = (key: string) => Number(new RegExp(`\\b${key}=(-?\\d+)`).exec(rest)?.[1] ?? Number.NaN);
      const menu: number[] = [];
      last = { menu };
      if (/flags=.*(disabled|read-only)/.test(rest)) continue;
      controls.set(name, {
        name,
        min: kind === 'bool' ? 0 : value('min'),
        max: kind === 'bool' ? 1 : value('max'),
        default: value('default'),
        menu,
      });
      continue;
    }
    const item = /^\s+(\d+): /.exec(line);
    if (item && last) last.menu.push(Number(item[1]));
  }
  return controls;
}

/** The capture devices in the output of `v4l2-ctl --list-devices`: each device's name, where it is connected, its nodes. */
export function parseDevices(text: string): { name: string; bus: string; nodes: string[] }[] {
  const devices: { name: string; bus: string; nodes: string[] }[] = [];
  for (const line of text.split('\n')) {
    const node = /^\s+(\/dev\/video\d+)/.exec(line)?.[1];
    const [, name, bus = ''] = /^(\S.*?)(?: \(([^()]*)\))?:\s*$/.exec(line) ?? [];
    if (node !== undefined) devices.at(-1)?.nodes.push(node);
    else if (name !== undefined) devices.push({ name: name.replace(/:.*$/, ''), bus, nodes: [] });
  }
  return devices.filter(({ nodes }) => nodes.length > 0);
}

/**
 * The mode a camera is opened in: the smallest that covers the wanted size and rate, else the nearest. Up to 640x480 a
 * raw one where there is one; above, USB 2 has room for MJPEG only.
 */
export function chooseMode(
  modes: readonly V4l2Mode[],
  settings: Pick<Settings, 'width' | 'height' | 'fps'>,
): V4l2Mode | undefined {
  const cost = (mode: V4l2Mode): number => {
    const missing = Math.max(0, settings.width - mode.width) + Math.max(0, settings.height - mode.height);
    const slow = Math.max(0, settings.fps - (mode.fps || 30));
    const compressed = rawFormats[mode.format] === undefined;
    const wrongKind = compressed === mode.width * mode.height <= 640 * 480 ? 1 : 0;
    return missing * 1e9 + slow * 1e8 + mode.width * mode.height * 10 + wrongKind;
  };
  return modes.toSorted((a, b) => cost(a) - cost(b))[0];
}

/** What a Video4Linux camera puts at the head of the pipeline. `device` undefined: it was not there to be asked. */
export function v4l2Source(path: string, device: V4l2Device | undefined): SourcePlan {
  const controls = device?.controls ?? new Map<string, V4l2Control>();
  const exposureTime = controls.get('exposure_time_absolute') ?? controls.get('exposure_absolute');
  const autoExposure = controls.get('auto_exposure') ?? controls.get('exposure_auto');
  const manual = exposureTime !== undefined && autoExposure?.menu.includes(1) === true;
  const software = new Set<LookField>(
    (['brightness', 'contrast', 'saturation', 'sharpness'] as const).filter((name) => !controls.has(name)),
  );
  const noExposure = 'This camera chooses its exposure by itself.';
  const modes = device?.modes ?? [];
  const largest = (key: 'width' | 'height' | 'fps', otherwise: number) =>
    modes.reduce((most, mode) => Math.max(most, mode[key] || 30), 0) || otherwise;
  return {
    label: device === undefined ? 'USB camera' : `USB camera ${device.name}`,
    head: (settings) => v4l2Head(chooseMode(modes, settings)),
    texts: { source: { device: path } },
    fits: true,
    picture: (settings) => {
      const mode = chooseMode(modes, settings);
      return mode && [mode.width, mode.height];
    },
    tail: 'identity name=straight',
    dropOnly: true,
    format: 'I420',
    controls: (settings) => v4l2Controls(settings, controls, manual),
    controlDelay: 3,
    software,
    unavailable: manual ? {} : { auto_exposure: noExposure, exposure_time: noExposure },
    maxWidth: largest('width', 1920),
    maxHeight: largest('height', 1080),
    maxFps: largest('fps', 30),
    // V4L2 counts exposure in steps of 100 µs.
    ...(manual ? { exposure: { min: Math.max(50, exposureTime.min * 100), max: exposureTime.max * 100 } } : {}),
    ...withNative(modes),
    sizes: [...new Set(modes.map(({ width, height }) => `${width}x${height}`))],
    path,
    // 12 s in the boot test's emulated machine; one that never starts is known a little later for it.
    startMs: 30_000,
  };
}

/** The mode of a camera that nobody has set: the largest up to 720p that moves. */
function withNative(modes: readonly V4l2Mode[]): { native?: V4l2Mode } {
  const moving = modes.filter(({ width, height, fps }) => width <= 1280 && height <= 720 && (fps || 30) >= 15);
  const [native] = moving.toSorted((a, b) => b.width * b.height - a.width * a.height || b.fps - a.fps);
  return native === undefined ? {} : { native };
}

function v4l2Head(mode: V4l2Mode | undefined): string {
  if (mode === undefined) return 'v4l2src name=source ! decodebin name=decoder ! video/x-raw ! videoconvert';
  const size = `width=${mode.width},height=${mode.height}${mode.fps > 0 ? `,framerate=[${Math.max(1, mode.fps - 1)}/1,${mode.fps + 1}/1]` : ''}`;
  const raw = rawFormats[mode.format];
  return raw === undefined
    ? `v4l2src name=source ! image/jpeg,${size} ! jpegdec ! videoconvert`
    : `v4l2src name=source ! video/x-raw,format=${raw},${size} ! videoconvert`;
}

/** Our -100 to 100 on the device's own range, 0 on its default. */
export function mapped(value: number, control: Pick<V4l2Control, 'min' | 'max' | 'default'>): number {
  const end = value < 0 ? control.min : control.max;
  return Math.round(control.default + ((end - control.default) * Math.abs(value)) / 100);
}

/** Its name, and the one it had before Linux 5.13. */
const dynamicRate = ['exposure_dynamic_framerate', 'exposure_auto_priority'] as const;

function v4l2Controls(settings: Settings, controls: ReadonlyMap<string, V4l2Control>, manual: boolean): Properties {
  const values: string[] = [];
  for (const name of ['brightness', 'contrast', 'saturation', 'sharpness'] as const) {
    const control = controls.get(name);
    if (control !== undefined) values.push(`${name}=${mapped(settings[name], control)}`);
  }
  const auto = controls.get('auto_exposure') ?? controls.get('exposure_auto');
  const time = controls.get('exposure_time_absolute') ?? controls.get('exposure_absolute');
  if (manual && auto !== undefined && time !== undefined) {
    const automatic = auto.default === 1 ? (auto.menu.find((value) => value !== 1) ?? 1) : auto.default;
    values.push(`${auto.name}=${settings.auto_exposure ? automatic : 1}`);
    // In this order: the time is refused while the exposure is automatic.
    if (!settings.auto_exposure) {
      const steps = Math.round(settings.exposure_time / 100);
      values.push(`${time.name}=${Math.min(time.max, Math.max(time.min, steps))}`);
    }
    // Otherwise the camera halves its frame rate in dim light by itself.
    for (const name of dynamicRate) if (controls.has(name)) values.push(`${name}=0`);
  }
  if (values.length === 0) return {};
  return { source: { 'extra-controls': `controls,${values.join(',')}` } };
}

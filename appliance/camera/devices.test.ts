import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../settings/table.ts';
import { libcameraSource, parseCameraList } from './libcamera.ts';
import { describeMachine } from './machine.ts';
import { type Ask, findCameras } from './sources.ts';
import { troubleOf } from './trouble.ts';
import { chooseMode, mapped, parseControls, parseDevices, parseFormats, parseInfo, v4l2Source } from './v4l2.ts';

const defaults = defaultSettings('camera', 0);

const info = `Driver Info:
	Driver name      : uvcvideo
	Card type        : HD Pro Webcam C920
	Bus info         : usb-0000:01:00.0-1.3
	Driver version   : 6.6.51
	Capabilities     : 0x84a00001
		Video Capture
		Metadata Capture
		Streaming
		Extended Pix Format
		Device Capabilities
	Device Caps      : 0x04200001
		Video Capture
		Streaming
		Extended Pix Format
`;
const metadata = info.replace('0x04200001\n\t\tVideo Capture', '0x04a00000\n\t\tMetadata Capture');

const formats = `ioctl: VIDIOC_ENUM_FMT
	Type: Video Capture

	[0]: 'YUYV' (YUYV 4:2:2)
		Size: Discrete 640x480
			Interval: Discrete 0.033s (30.000 fps)
			Interval: Discrete 0.042s (24.000 fps)
		Size: Discrete 1280x720
			Interval: Discrete 0.100s (10.000 fps)
	[1]: 'MJPG' (Motion-JPEG, compressed)
		Size: Discrete 640x480
			Interval: Discrete 0.033s (30.000 fps)
		Size: Discrete 1280x720
			Interval: Discrete 0.033s (30.000 fps)
		Size: Discrete 1920x1080
			Interval: Discrete 0.033s (30.000 fps)
			Interval: Discrete 0.042s (24.000 fps)
	[2]: 'H264' (H.264, compressed)
		Size: Discrete 1920x1080
			Interval: Discrete 0.033s (30.000 fps)
`;

const controls = `
User Controls

                     brightness 0x00980900 (int)    : min=0 max=255 step=1 default=128 value=128
                       contrast 0x00980901 (int)    : min=0 max=255 step=1 default=32 value=128
                     saturation 0x00980902 (int)    : min=0 max=255 step=1 default=128 value=128
        white_balance_automatic 0x0098090c (bool)   : default=1 value=1
           power_line_frequency 0x00980918 (menu)   : min=0 max=2 default=2 value=2 (60 Hz)
				0: Disabled
				1: 50 Hz
				2: 60 Hz

Camera Controls

                  auto_exposure 0x009a0901 (menu)   : min=0 max=3 default=3 value=3 (Aperture Priority Mode)
				1: Manual Mode
				3: Aperture Priority Mode
         exposure_time_absolute 0x009a0902 (int)    : min=3 max=2047 step=1 default=250 value=250 flags=inactive
     exposure_dynamic_framerate 0x009a0903 (bool)   : default=0 value=1
                   pan_absolute 0x009a0908 (int)    : min=-36000 max=36000 step=3600 default=0 value=0
`;

describe('a Video4Linux camera', () => {
  const device = { name: parseInfo(info).name, modes: parseFormats(formats), controls: parseControls(controls) };
  const source = v4l2Source('/dev/video0', device);

  it('is read from what v4l2-ctl prints', () => {
    expect(parseInfo(info)).toEqual({ name: 'HD Pro Webcam C920', capture: true });
    expect(parseInfo(metadata).capture).toBe(false);
    expect(device.modes).toContainEqual({ format: 'MJPG', width: 1920, height: 1080, fps: 30 });
    // What the camera compressed as H.264 itself cannot be changed live.
    expect(device.modes.some(({ format }) => format === 'H264')).toBe(false);
    expect(device.controls.get('auto_exposure')).toMatchObject({ menu: [1, 3], default: 3 });
    expect(
      parseFormats("	[0]: 'YUYV' (YUYV 4:2:2)\n\t\tSize: Stepwise 32x32 - 1280x960 with step 2/2\n"),
    ).toContainEqual({
      format: 'YUYV',
      width: 1280,
      height: 720,
      fps: 0,
    });
    expect(parseFormats('')).toEqual([]);
    expect(parseControls('')).toEqual(new Map());
  });

  it.each([
    ['raw where it is small', { width: 640, height: 480, fps: 30 }, { format: 'YUYV', width: 640 }],
    ['compressed where raw is slow', { width: 1280, height: 720, fps: 30 }, { format: 'MJPG', width: 1280 }],
    ['the next larger one', { width: 800, height: 600, fps: 15 }, { width: 1280 }],
    ['the largest where more is asked', { width: 3840, height: 2160, fps: 60 }, { width: 1920 }],
  ])('opens %s', (_, wanted, expected) => {
    expect(chooseMode(device.modes, wanted)).toMatchObject(expected);
  });

  it('starts in its largest mode up to 720p that moves', () => {
    expect(source.native).toMatchObject({ width: 1280, height: 720, fps: 30 });
    expect(v4l2Source('/dev/video0', { ...device, modes: [] }).native).toBeUndefined();
  });

  it.each([
    [0, 128],
    [100, 255],
    [-100, 0],
    [50, 192],
    [-50, 64],
  ])('maps %i to %i on its own range', (ours, theirs) => {
    expect(mapped(ours, { min: 0, max: 255, default: 128 })).toBe(theirs);
  });

  it('sets controls of the device while it plays, and makes in software what it lacks', () => {
    const text = source.controls({ ...defaults, brightness: 100 }).source?.['extra-controls'];
    expect(text).toBe(
      'controls,brightness=255,contrast=32,saturation=128,auto_exposure=3,exposure_dynamic_framerate=0',
    );
    const manual = source.controls({ ...defaults, auto_exposure: false, exposure_time: 5000 }).source?.[
      'extra-controls'
    ];
    expect(manual).toContain('auto_exposure=1,exposure_time_absolute=50');
    expect([...source.software]).toEqual(['sharpness']);
    expect(source.exposure).toEqual({ min: 300, max: 204_700 });
  });

  it('is waited for when it is not there', () => {
    const away = v4l2Source('/dev/video7', undefined);
    expect(away.unavailable.exposure_time).toMatch(/by itself\.$/);
    expect(away.path).toBe('/dev/video7');
    expect(troubleOf({ kind: 'absent' }, { kind: 'v4l2', device: '/dev/video7' })).toEqual({
      kind: 'device',
      state: 'missing',
      sentence: 'Camera unplugged. Plug it in and the picture comes back by itself.',
    });
    const busy = {
      element: 'source',
      message: "Device '/dev/video0' is busy",
      debug: '',
      domain: 'gst-resource-error-quark',
      code: 4,
    };
    expect(troubleOf({ kind: 'error', ...busy }, { kind: 'v4l2', device: '/dev/video0' }).sentence).toContain(
      'Another program',
    );
  });
});

/** What cameras of other makes say, shortened: what they have, and what the plan is to make of it. */
describe('other cameras', () => {
  const plan = (formats: string, controls: string) =>
    v4l2Source('/dev/video0', { name: 'x', modes: parseFormats(formats), controls: parseControls(controls) });
  const size = (width: number, height: number, ...fps: string[]) =>
    [`\t\tSize: Discrete ${width}x${height}`, ...fps.map((f) => `\t\t\tInterval: Discrete 0.1s (${f} fps)`)].join('\n');

  it('an old Logitech: odd sizes, rates with halves, the names of before Linux 5.13', () => {
    const old = plan(
      [
        "\t[0]: 'YUYV' (YUYV 4:2:2)",
        size(640, 480, '30.000', '20.000', '7.500'),
        size(1280, 720, '10.000', '7.500'),
        size(960, 544, '20.000'),
        size(1280, 960, '7.500', '5.000'),
        "\t[1]: 'MJPG' (Motion-JPEG, compressed)",
        size(640, 480, '30.000'),
        size(1280, 720, '30.000'),
        size(1280, 960, '30.000'),
      ].join('\n'),
      `
                     brightness 0x00980900 (int)    : min=0 max=255 step=1 default=128 value=128
                      sharpness 0x0098091b (int)    : min=0 max=255 step=1 default=24 value=24
                  exposure_auto 0x009a0901 (menu)   : min=0 max=3 default=3 value=3
				1: Manual Mode
				3: Aperture Priority Mode
              exposure_absolute 0x009a0902 (int)    : min=1 max=10000 step=1 default=166 value=166 flags=inactive
         exposure_auto_priority 0x009a0903 (bool)   : default=0 value=1
`,
    );
    expect(old.sizes).toContain('960x544');
    expect(old.native).toMatchObject({ format: 'MJPG', width: 1280, height: 720, fps: 30 });
    expect(old.head({ ...defaults, width: 1280, height: 960, fps: 5 })).toContain('width=1280,height=960');
    expect(old.controls({ ...defaults, auto_exposure: false, exposure_time: 10_000 }).source).toEqual({
      'extra-controls':
        'controls,brightness=128,sharpness=24,exposure_auto=1,exposure_absolute=100,exposure_auto_priority=0',
    });
    expect([...old.software]).toEqual(['contrast', 'saturation']);
  });

  it('a newer kernel’s flags, a range from 0 to 100, no exposure of its own', () => {
    const conference = plan(
      ["\t[0]: 'MJPG' (Motion-JPEG, compressed)", size(2560, 1440, '30.000'), size(640, 360, '60.000')].join('\n'),
      `
                     brightness 0x00980900 (int)    : min=0 max=100 step=1 default=50 value=50 flags=has-min-max
                       contrast 0x00980901 (int)    : min=0 max=100 step=1 default=50 value=50 flags=has-min-max
                     saturation 0x00980902 (int)    : min=0 max=100 step=1 default=50 value=50 flags=read-only, has-min-max
`,
    );
    expect(conference.controls({ ...defaults, brightness: -50 }).source?.['extra-controls']).toContain('brightness=25');
    expect([...conference.software]).toEqual(['saturation', 'sharpness']);
    expect(conference.unavailable.auto_exposure).toBeDefined();
    expect(conference.native).toMatchObject({ width: 640, height: 360 });
  });

  it('a Pi’s old camera driver: any size within a range, automatic exposure counted from 0', () => {
    const range = (format: string) => `\t[0]: '${format}' (x)\n\t\tSize: Stepwise 32x32 - 2592x1944 with step 2/2`;
    const legacy = plan(
      ['YU12', 'RGB3', 'JPEG', 'H264', 'MJPG'].map(range).join('\n'),
      `
                  auto_exposure 0x009a0901 (menu)   : min=0 max=3 default=0 value=0
				0: Auto Mode
				1: Manual Mode
         exposure_time_absolute 0x009a0902 (int)    : min=1 max=10000 step=1 default=1000 value=1000
`,
    );
    expect(legacy.sizes).toEqual(['320x240', '640x480', '1280x720', '1920x1080']);
    expect(legacy.head({ ...defaults, width: 640, height: 480 })).toContain('format=I420');
    expect(legacy.controls(defaults).source?.['extra-controls']).toBe('controls,auto_exposure=0');
  });

  it('a capture stick and a laptop’s camera, each with a second node that gives no pictures', () => {
    const listed = parseDevices(
      'USB Video: USB Video (usb-0000:00:14.0-4):\n\t/dev/video2\n\t/dev/video3\n\t/dev/media1\n\n' +
        'Integrated Camera: Integrated C (usb-0000:00:14.0-8):\n\t/dev/video0\n\t/dev/video1\n',
    );
    expect(listed).toEqual([
      { name: 'USB Video', bus: 'usb-0000:00:14.0-4', nodes: ['/dev/video2', '/dev/video3'] },
      { name: 'Integrated Camera', bus: 'usb-0000:00:14.0-8', nodes: ['/dev/video0', '/dev/video1'] },
    ]);
  });
});

const rpicam = `Available cameras
-----------------
0 : imx219 [3280x2464 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx219@10)
    Modes: 'SRGGB10_CSI2P' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]
                             1640x1232 [41.85 fps - (0, 0)/3280x2464 crop]
                             1920x1080 [47.57 fps - (680, 692)/1920x1080 crop]
                             3280x2464 [21.19 fps - (0, 0)/3280x2464 crop]

1 : ov5647 [2592x1944 10-bit GBRG] (/base/axi/pcie@120000/rp1/i2c@80000/ov5647@36)
    Modes: 'SGBRG10_CSI2P' : 640x480 [58.92 fps - (16, 0)/2560x1920 crop]
`;
const cam = `Available cameras:
1: Internal front camera (/base/soc/i2c0mux/i2c@1/imx708@1a)
2: 'USB Camera' (\\_SB_.PCI0.RP05.PXSX-1.3:1.0-046d:082d-usb)
`;

describe('a libcamera camera', () => {
  const properties = ['brightness', 'contrast', 'saturation', 'sharpness', 'ae-enable', 'exposure-time', 'camera-name'];
  const pi5 = describeMachine(
    'Raspberry Pi 5 Model B Rev 1.0',
    new Map([
      ['x264enc', []],
      ['libcamerasrc', properties],
    ]),
  );

  it('is read from what the list tools print', () => {
    expect(parseCameraList(rpicam).map(({ model, id }) => [model, id])).toEqual([
      ['imx219', '/base/soc/i2c0mux/i2c@1/imx219@10'],
      ['ov5647', '/base/axi/pcie@120000/rp1/i2c@80000/ov5647@36'],
    ]);
    expect(parseCameraList(rpicam)[0]?.modes).toContainEqual({ width: 1920, height: 1080, fps: 47 });
    expect(parseCameraList(cam)).toEqual([{ id: '/base/soc/i2c0mux/i2c@1/imx708@1a', model: 'imx708', modes: [] }]);
    expect(parseCameraList('No cameras available!')).toEqual([]);
  });

  it('is not mixed up with USB cameras in the same list', () => {
    const mixed = `0 : imx585 [3840x2160 16-bit RGGB] (/base/axi/pcie@120000/rp1/i2c@80000/imx585@1A)
    Modes: 'SRGGB12_CSI2P' : 1928x1090 [87.60 fps - (0, 0)/3840x2160 crop]
                             3856x2180 [43.80 fps - (0, 0)/3840x2160 crop]
1 : H264 USB Camera: USB Camera [1920x1080] (/base/soc/usb@7e980000/usb1@1-1.2:1.0-32e4:9422)
    Modes: 'MJPEG' : 320x240 [120.00 fps - (0, 0)/320x240 crop]
`;
    expect(parseCameraList(mixed)).toEqual([
      {
        model: 'imx585',
        id: '/base/axi/pcie@120000/rp1/i2c@80000/imx585@1A',
        modes: [
          { width: 1928, height: 1090, fps: 87 },
          { width: 3856, height: 2180, fps: 43 },
        ],
      },
    ]);
    // The first cameras of libcamera-apps said less.
    expect(
      parseCameraList('0 : imx477 [4056x3040] (/base/soc/i2c0mux/i2c@1/imx477@1a)\n    Modes: 1332x990\n'),
    ).toEqual([{ model: 'imx477', id: '/base/soc/i2c0mux/i2c@1/imx477@1a', modes: [] }]);
  });

  it('keeps the sensor as it is for sizes up to 30 a second', () => {
    const source = libcameraSource('0', parseCameraList(rpicam)[0], pi5);
    const small = source.head({ ...defaults, width: 640, height: 480, fps: 15 });
    expect(source.head(defaults)).toBe(small);
    expect(source.head({ ...defaults, fps: 60 })).not.toBe(small);
    expect(source.texts.source).toEqual({ 'camera-name': '/base/soc/i2c0mux/i2c@1/imx219@10' });
  });

  it('sets what this libcamera can set', () => {
    const source = libcameraSource('0', undefined, pi5);
    expect(source.controls({ ...defaults, contrast: 100, auto_exposure: false, exposure_time: 8000 }).source).toEqual({
      brightness: '0',
      contrast: '2',
      saturation: '1',
      sharpness: '1',
      'ae-enable': 'false',
      'exposure-time': '8000',
    });
    const old = libcameraSource('0', undefined, { ...pi5, libcameraProperties: ['camera-name'] });
    expect(old.controls(defaults)).toEqual({});
    expect([...old.software]).toEqual(['brightness', 'contrast', 'saturation', 'sharpness']);
    expect(old.unavailable.exposure_time).toContain('0.4');
  });
});

describe('finding cameras', () => {
  const list = `bcm2835-codec-decode (platform:bcm2835-codec):
	/dev/video10
	/dev/video11

HD Pro Webcam C920 (usb-0000:01:00.0-1.3):
	/dev/video0
	/dev/video1
	/dev/media3

`;
  const pi = describeMachine(
    'Raspberry Pi 4 Model B',
    new Map([
      ['libcamerasrc', []],
      ['v4l2h264enc', []],
    ]),
  );
  const answers =
    (texts: Readonly<Record<string, string>>): Ask =>
    async (program, args) =>
      texts[[program, ...args].join(' ')] ?? '';

  it('takes CSI cameras, then USB ones, and no codec', async () => {
    expect(parseDevices(list).map(({ nodes }) => nodes.length)).toEqual([2, 2]);
    const asked = answers({
      'rpicam-hello --list-cameras': rpicam.split('\n1 :')[0] ?? '',
      'v4l2-ctl --list-devices': list,
      'v4l2-ctl -d /dev/video0 --info': info,
      'v4l2-ctl -d /dev/video0 --list-formats-ext': formats,
    });
    expect(await findCameras(pi, asked)).toEqual([
      {
        source: { kind: 'libcamera', id: '/base/soc/i2c0mux/i2c@1/imx219@10' },
        model: '/base/soc/i2c0mux/i2c@1/imx219@10',
        socket: '',
      },
      {
        source: { kind: 'v4l2', device: '/dev/video0' },
        model: 'HD Pro Webcam C920',
        socket: 'usb-0000:01:00.0-1.3',
      },
    ]);
  });

  it('finds none where there is none', async () => {
    expect(await findCameras(pi, answers({}))).toEqual([]);
  });
});

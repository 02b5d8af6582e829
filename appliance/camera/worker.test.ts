import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { decode, quiet } from './testing/cameras.ts';
import { FrameReader, type PipelineError, type StartOrder, type Unit, Worker } from './worker.ts';

const simple: StartOrder = {
  launch:
    'videotestsrc name=source is-live=true ! capsfilter name=caps ! videobalance name=look ! tee name=split ! queue ! x264enc name=encoder tune=zerolatency speed-preset=ultrafast ! h264parse ! capsfilter name=format ! fakesink name=out sync=false async=false',
  set: {
    caps: { caps: 'video/x-raw,format=I420,width=320,height=240,framerate=30/1' },
    format: { caps: 'video/x-h264,stream-format=byte-stream,alignment=au' },
  },
  steps: [],
  outputs: { out: 3 },
};

const workers: Worker[] = [];
function worker(): Worker {
  const made = new Worker(quiet);
  workers.push(made);
  return made;
}
afterEach(async () => {
  await Promise.all(workers.splice(0).map((each) => each.end()));
});

/** Hears a worker out: the first unit that is as wanted, errors as rejections. */
function firstUnit(of: Worker, wanted: (unit: Unit) => boolean): Promise<Unit> {
  return new Promise((resolve, reject) => {
    of.listen({
      unit: (unit) => {
        if (wanted(unit)) resolve(unit);
      },
      error: (error) => reject(new Error(error.message)),
      ended: () => reject(new Error('ended')),
      caps: () => undefined,
      exit: (why) => reject(new Error(why)),
    });
  });
}

describe('the frames of a worker', () => {
  it('are put together again however they were chopped up', () => {
    const frames = [Buffer.from('{"a":1}'), Buffer.alloc(70_000, 7), Buffer.alloc(0)];
    const stream = Buffer.concat(
      frames.flatMap((body) => {
        const head = Buffer.alloc(5);
        head.writeUInt32BE(body.length + 1);
        head.write('J', 4);
        return [head, body];
      }),
    );
    for (const piece of [1, 3, 4, 5, 1000, 65_536, stream.length]) {
      const got: Buffer[] = [];
      const reader = new FrameReader((type, body) => {
        expect(type).toBe(0x4a);
        got.push(Buffer.from(body));
      });
      for (let at = 0; at < stream.length; at += piece) reader.push(stream.subarray(at, at + piece));
      expect(got).toEqual(frames);
    }
  });
});

describe('a worker', () => {
  it('sends pictures on the clock of this process', async () => {
    const one = worker();
    const first = firstUnit(one, () => true);
    await one.start(simple);
    const unit = await first;
    expect(unit).toMatchObject({ stream: 3, key: true, change: 0 });
    expect(unit.data.subarray(0, 4)).toEqual(Buffer.from([0, 0, 0, 1]));
    const now = Number(process.hrtime.bigint() / 1000n);
    expect(unit.timeUs).toBeLessThanOrEqual(now);
    expect(unit.timeUs).toBeGreaterThan(now - 10_000_000);
  });

  it('says which picture shows a change', async () => {
    const one = worker();
    await one.start(simple);
    const before = Number(process.hrtime.bigint() / 1000n);
    const shown = firstUnit(one, ({ change }) => change === 5);
    await one.change({ change: 5, steps: [{ set: { look: { brightness: '0.5' } } }], confirm: ['look'] });
    // The test source stamps pictures ahead by at most one frame.
    expect((await shown).timeUs).toBeGreaterThan(before - 40_000);
  });

  it('gives an element in the place of another what has just passed that one, whenever it comes', async () => {
    const one = worker();
    const encoder = 'x264enc tune=zerolatency speed-preset=medium';
    const sizes = [
      [1280, 720],
      [1280, 704],
    ] as const;
    const size = (round: number) => {
      const [width, height] = sizes[round % 2 === 0 ? 0 : 1];
      return `video/x-raw,format=I420,width=${width},height=${height},framerate=30/1`;
    };
    await one.start({ ...simple, set: { ...simple.set, caps: { caps: size(0) } } });
    // A new size takes an encoder some ms, at one of 34 moments of a picture's time.
    const rounds = 34;
    const last = firstUnit(one, ({ change }) => change === rounds);
    last.catch(() => undefined);
    for (let round = 1; round <= rounds; round += 1) {
      await one.change({ change: 0, steps: [{ set: { caps: { caps: size(round) } } }], confirm: [] });
      await new Promise((resolve) => setTimeout(resolve, round));
      await one.change({ change: round, steps: [{ replace: 'encoder', with: encoder }], confirm: ['encoder'] });
    }
    await last;
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    [
      'a pipeline that is none',
      () => worker().start({ ...simple, launch: 'videotestsrc ! nosuchthing' }),
      /nosuchthing/,
    ],
    ['an element that is not there', () => worker().start({ ...simple, outputs: { nobody: 0 } }), /nobody/],
    ['a property that is not there', () => worker().start({ ...simple, set: { look: { beauty: '1' } } }), /beauty/],
    [
      'a change before the start',
      () => worker().change({ change: 1, steps: [{ set: { look: { hue: '0' } } }], confirm: [] }),
      /look/,
    ],
  ])('refuses %s and lives on', async (_, act, message) => {
    await expect(act()).rejects.toThrow(message);
    const last = workers.at(-1);
    expect(await last?.inspect(['videotestsrc', 'nosuchthing'], ['videobalance'])).toEqual(
      new Map([['videotestsrc', []]]),
    );
  });

  it('knows what a USB camera is set by: only the device is missing here', async () => {
    const one = worker();
    const error = new Promise<PipelineError>((resolve) => {
      one.listen({
        unit: () => undefined,
        error: resolve,
        ended: () => undefined,
        caps: () => undefined,
        exit: () => undefined,
      });
    });
    await one.start({
      ...simple,
      launch: 'v4l2src name=source ! fakesink name=out',
      set: { source: { device: '/dev/video-none', 'extra-controls': 'controls,brightness=255,auto_exposure=1' } },
    });
    expect(await error).toMatchObject({ element: 'source', domain: 'gst-resource-error-quark' });
  });

  it('reports what goes wrong while it plays', async () => {
    const one = worker();
    const error = new Promise<PipelineError>((resolve) => {
      one.listen({
        unit: () => undefined,
        error: resolve,
        ended: () => undefined,
        caps: () => undefined,
        exit: () => undefined,
      });
    });
    await one.start({
      ...simple,
      launch: simple.launch.replace('! videobalance', '! identity error-after=3 name=broken ! videobalance'),
    });
    expect((await error).element).toBe('broken');
  });

  it('exchanges an encoder, and lets branches come and go', async () => {
    const one = worker();
    const first = firstUnit(one, () => true);
    await one.start(simple);
    await first;
    await one.change({
      change: 1,
      steps: [
        { replace: 'encoder', with: 'x264enc tune=zerolatency speed-preset=ultrafast pass=qual quantizer=30' },
        {
          attach: 'split',
          name: 'side',
          branch: 'queue ! jpegenc ! fakesink name=side_out async=false',
          outputs: { side_out: 9 },
        },
      ],
      confirm: ['encoder', 'side'],
    });
    await firstUnit(one, ({ stream }) => stream === 9);
    const last = firstUnit(one, ({ change }) => change === 3);
    await one.change({ change: 3, steps: [{ detach: 'side', from: 'split' }], confirm: ['encoder'] });
    await last;
    await expect(one.change({ change: 4, steps: [{ detach: 'side', from: 'split' }], confirm: [] })).rejects.toThrow(
      /side/,
    );
  });

  it('gives a key frame when asked', async () => {
    const one = worker();
    const first = firstUnit(one, () => true);
    await one.start(simple);
    const { timeUs } = await first;
    const next = firstUnit(one, (unit) => unit.key && unit.timeUs > timeUs);
    one.key(['encoder', 'not-there']);
    // x264 would give the next one by itself after 250 pictures, 8 s.
    expect((await next).timeUs - timeUs).toBeLessThan(8_000_000);
  });

  it('drops raw pictures, never encoded ones, while nobody reads', async () => {
    // Read by hand, so that reading can stop: the pipe fills, then everything goes on without a gap in the stream.
    const script = fileURLToPath(new URL('./worker.py', import.meta.url));
    const child = spawn('/usr/bin/python3', ['-I', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      const events: string[] = [];
      const stream: Buffer[] = [];
      let wanted = 5;
      let enough: () => void = () => undefined;
      const reader = new FrameReader((type, body) => {
        if (type === 0x4a) events.push(body.toString());
        else {
          stream.push(Buffer.from(body.subarray(14)));
          if (stream.length === wanted) enough();
        }
      });
      const some = () =>
        new Promise<void>((resolve) => {
          enough = resolve;
        });
      const first = some();
      child.stdout.on('data', (chunk: Buffer) => reader.push(chunk));
      const noise = simple.launch
        .replace('is-live=true', 'is-live=true pattern=snow')
        .replace(' ! queue', ' ! queue leaky=downstream max-size-buffers=2');
      child.stdin.write(`${JSON.stringify({ op: 'start', id: 1, ...simple, launch: noise })}\n`);
      await first;
      child.stdout.pause();
      const before = rss(child.pid);
      await stuck(child.pid);
      // What nobody takes must not pile up.
      expect(rss(child.pid) - before).toBeLessThan(20_000);
      wanted = stream.length + 30;
      const more = some();
      child.stdout.resume();
      await more;
      expect(events.filter((event) => event.includes('"error"'))).toEqual([]);
      const { problems, pictures } = await decode(
        'h264',
        stream.map((data) => ({ data })),
      );
      expect(problems).toBe('');
      expect(pictures).toBeGreaterThanOrEqual(wanted);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('ends when its parent is gone, however it went', async () => {
    const script = fileURLToPath(new URL('./worker.py', import.meta.url));
    const child = spawn('/usr/bin/python3', ['-I', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.stdin.write(`${JSON.stringify({ op: 'start', id: 1, ...simple })}\n`);
    await once(child.stdout, 'data');
    child.stdin.destroy();
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
  });

  it('is gone at once when it is ended, also while stopped', async () => {
    const one = worker();
    await one.start(simple);
    process.kill(one.pid ?? 0, 'SIGSTOP');
    await one.end();
    expect(one.ended).toContain('SIGKILL');
    await expect(one.change({ change: 1, steps: [], confirm: [] })).rejects.toThrow('SIGKILL');
  });
});

function rss(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Resolves when a process has written nothing for a while: the pipe is full. */
function stuck(pid: number | undefined): Promise<void> {
  const written = () => /wchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1];
  return new Promise((resolve) => {
    let last = written();
    let same = 0;
    const timer = setInterval(() => {
      const now = written();
      same = now === last ? same + 1 : 0;
      last = now;
      if (same < 10) return;
      clearInterval(timer);
      resolve();
    }, 50);
  });
}

/** What a viewer sees of changes: how soon, and how long the picture stands still meanwhile. */
import type { Page } from 'playwright-core';
import { desktop, openBrowser, openPage } from '../e2e/browser.ts';
import type { Perch } from '../e2e/perch.ts';
import { playing, rememberConnections, settled, watch } from '../e2e/watched.ts';
import { live, pause, playingWorkers, startStamped } from './programs.ts';
import { clockOffset, longestGap, monotonicMs, notePictures, seenSoFar, startSeeing } from './seen.ts';
import { atWorst, type Row, shown, spread, tidy, timed } from './table.ts';

type Patch = Readonly<Record<string, unknown>>;

const plain = { width: 1280, height: 720, fps: 30, bitrate: '2M', encoding: 'h264', brightness: 0, contrast: 0 };
const other = { width: 640, height: 480, fps: 20, bitrate: '1M', encoding: 'h265', brightness: 20, contrast: 10 };
/** A picture may be shown one refresh of the screen (60 Hz) earlier or later than it came. */
const refreshMs = 1000 / 60;

export async function changes(): Promise<Row[]> {
  const perch = await startStamped();
  const browser = await openBrowser(desktop);
  try {
    await live(perch);
    await perch.patch('camera', plain);
    for (const [name, settings] of Object.entries({ 'bench one': plain, 'bench two': other })) {
      await perch.fetch(`/api/profiles/${encodeURIComponent(name)}`, { method: 'PUT', body: { settings } });
    }
    await rememberConnections(browser);
    await notePictures(browser);
    const page = await openPage(browser, perch);
    await settled(page);
    const before = await watch(page);
    const rows = [...(await answers(perch)), ...(await brightness(perch, page)), ...(await gaps(perch, page))];
    rows.push(await kills(perch, page));
    const after = await watch(page);
    const dropped = after.state === 'connected' ? 0 : 1;
    const reconnects = after.connections - before.connections;
    const sameVideo = after.video === before.video;
    rows.push({
      figure: 'after all of these: viewers dropped, reconnects',
      ours: `${dropped}, ${reconnects}${sameVideo ? '' : ', another <video>'}`,
      target: '0, 0',
      ok: dropped === 0 && reconnects === 0 && sameVideo,
    });
    return rows;
  } finally {
    await browser.close();
    await perch.stop();
  }
}

async function change(perch: Perch, patch: Patch): Promise<void> {
  succeeded(await perch.patch('camera', patch));
}

function succeeded(answer: Patch): void {
  if (answer.success !== true) throw new Error(`a change was refused: ${JSON.stringify(answer)}`);
}

async function answers(perch: Perch): Promise<Row[]> {
  const times: number[] = [];
  for (let run = 0; run < 30; run += 1) {
    const sent = performance.now();
    await change(perch, { brightness: run % 2 });
    times.push(performance.now() - sent);
    await pause(60);
  }
  await change(perch, plain);
  return [timed('PATCH → answer', times.slice(2), 20)];
}

async function brightness(perch: Perch, page: Page): Promise<Row[]> {
  const times: number[] = [];
  const offset = await clockOffset(page);
  for (let run = 0; run < 14; run += 1) {
    await startSeeing(page, 'luma');
    // At no fixed place between two pictures.
    await pause(400 + Math.random() * 40);
    const sent = monotonicMs();
    await change(perch, { brightness: run % 2 === 0 ? 50 : 0 });
    await pause(600);
    const seen = await seenSoFar(page);
    const first = seen[0]?.luma ?? Number.NaN;
    const shownAt = seen.find(({ luma }) => luma !== undefined && Math.abs(luma - first) > 10)?.readAt;
    if (shownAt !== undefined) times.push(shownAt + offset - sent);
  }
  return [timed('PATCH brightness → first changed picture in the browser', times, 150)];
}

async function gaps(perch: Perch, page: Page): Promise<Row[]> {
  const presets = ['bench two', 'bench one'];
  const apply = async (run: number) => {
    const path = `/api/profiles/${encodeURIComponent(presets[run % 2] ?? '')}/apply`;
    const answer = await perch.fetch(path, { method: 'POST', body: { camera: 'camera' } });
    succeeded((await answer.json()) as Patch);
  };
  const encodings = ['h265', 'h264', 'mjpeg', 'h264'];
  const still: number[] = [];
  for (let run = 0; run < 6; run += 1) still.push(await longestDuring(page, () => pause(100)));
  const without = spread(still);
  const rows: Row[] = [
    {
      figure: 'longest time between two pictures: nothing changed (30 a second)',
      ours: shown(without),
      target: '',
      beside: 'what this machine adds by itself; included in the lines below',
    },
  ];
  const row = async (what: string, runs: number, most: number, act: (run: number) => Promise<void>) => {
    const longest: number[] = [];
    for (let run = 0; run < runs; run += 1) longest.push(await longestDuring(page, () => act(run)));
    return { what, longest, most };
  };
  for (const { what, longest, most } of [
    await row('resolution (1280×720, 640×360)', 8, 250, (run) =>
      change(perch, run % 2 === 0 ? { width: 640, height: 360 } : { width: 1280, height: 720 }),
    ),
    await row('frame rate (30, 20: 50 ms)', 8, 150, (run) => change(perch, { fps: run % 2 === 0 ? 20 : 30 })),
    await row('encoding (h265, h264, mjpeg, h264)', 8, 300, (run) => change(perch, { encoding: encodings[run % 4] })),
    await row('a preset of all of them', 8, 400, apply),
  ]) {
    rows.push(atWorst(`  ... ${what} changed`, longest, most));
  }
  const { longest } = await row('bitrate', 8, 0, (run) => change(perch, { bitrate: run % 2 === 0 ? '1M' : '2M' }));
  const extra = Math.max(0, spread(longest).median - without.median);
  rows.push({
    figure: '  ... bitrate (2M, 1M) changed',
    ours: shown(spread(longest)),
    target: '0 extra',
    ok: extra <= refreshMs,
    beside: `${tidy(extra)} ms extra; up to one refresh of the screen (17 ms) is none`,
  });
  return rows;
}

/** The longest time between two presented pictures, from shortly before something is done until 0.8 s after its answer. */
async function longestDuring(page: Page, act: () => Promise<unknown>): Promise<number> {
  await startSeeing(page, 'nothing');
  await pause(150);
  await act();
  await pause(800);
  await playing(page);
  return longestGap(await seenSoFar(page));
}

async function kills(perch: Perch, page: Page): Promise<Row> {
  const longest: number[] = [];
  await change(perch, plain);
  for (let run = 0; run < 5; run += 1) {
    const [worker] = await playingWorkers(perch);
    if (worker === undefined) throw new Error('no camera process plays');
    longest.push(
      await longestDuring(page, async () => {
        process.kill(worker, 'SIGKILL');
        await pause(700);
      }),
    );
    // The next spare one gets ready meanwhile, as it would in life.
    await pause(1500);
  }
  return atWorst('camera process killed with -9: picture back on the same connection', longest, 1000);
}

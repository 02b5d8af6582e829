/** What it costs: the server with many viewers, the camera processes, several cameras. */

import { makeBusyFilm } from './film.ts';
import { live, pause, playingWorkers, startPerch, Viewers } from './programs.ts';
import type { Row } from './table.ts';
import { tidy } from './table.ts';
import { cpuShares, memory } from './usage.ts';

const seconds = 6;

export async function viewers(): Promise<Row[]> {
  const film = await makeBusyFilm();
  const perch = await startPerch({ PERCH_CAMERAS: `camera=file:${film.path}` });
  try {
    await live(perch);
    // Quality 100 spends all of the bitrate.
    await perch.patch('camera', { width: 1280, height: 720, fps: 30, bitrate: '2M', quality: 100 });
    const server = perch.process.pid ?? 0;
    const rows: Row[] = [];
    for (const count of [0, 1, 5, 20]) {
      const joined = count > 0 ? await Viewers.join([`${perch.url}/whep/camera`], count, 30, perch.token) : undefined;
      await pause(1500);
      await joined?.count();
      const [share = 0] = await cpuShares([server], seconds * 1000);
      const got = await joined?.count();
      const { rss, pss } = await memory(server);
      const rate = got ? (got.bytes * 8) / 1e6 / seconds / count : 0;
      rows.push({
        figure: `server with ${count} WebRTC viewer${count === 1 ? '' : 's'}${got ? ` (${tidy(rate)} Mbit/s each)` : ''}`,
        ours: `${tidy(share)} % of a core, ${tidy(rss)} MB`,
        target: count === 20 ? '≤ 10 %, ≤ 130 MB' : '',
        ...(count === 20 ? { ok: share <= 10 && rss <= 130 } : {}),
        beside: `PSS ${tidy(pss)} MB${got ? `; pictures left out by the busy machine: ${got.picturesLost} of ${got.pictures}` : ''}`,
      });
      await joined?.leave();
    }
    return rows;
  } finally {
    await perch.stop();
    await film.remove();
  }
}

export async function cameraProcess(): Promise<Row[]> {
  const perch = await startPerch();
  try {
    await live(perch);
    await perch.patch('camera', { width: 1280, height: 720, fps: 30, bitrate: '2M' });
    const joined = await Viewers.join([`${perch.url}/whep/camera`], 1, 30, perch.token);
    const [worker = 0] = await playingWorkers(perch);
    const [share = 0] = await cpuShares([worker], seconds * 1000);
    const { rss, pss } = await memory(worker);
    await joined.leave();
    return [
      {
        figure: 'camera process, synthetic picture, 720p30 to H.264',
        ours: `${tidy(share)} % of a core, ${tidy(rss)} MB`,
        target: '≤ 60 MB',
        ok: rss <= 60,
        beside: `PSS ${tidy(pss)} MB; RSS counts libraries shared with others in full`,
      },
    ];
  } finally {
    await perch.stop();
  }
}

export async function fourCameras(): Promise<Row[]> {
  const names = ['one', 'two', 'three', 'four'];
  const perch = await startPerch({ PERCH_CAMERAS: names.map((name) => `${name}=test`).join(',') });
  try {
    await live(perch);
    for (const name of names) await perch.patch(name, { width: 640, height: 480, fps: 15 });
    const joined = await Viewers.join(
      names.map((name) => `${perch.url}/whep/${name}`),
      1,
      15,
      perch.token,
    );
    await pause(1500);
    await joined.count();
    const pids = [perch.process.pid ?? 0, ...(await playingWorkers(perch))];
    const shares = await cpuShares(pids, 2 * seconds * 1000);
    const { pictures, picturesLost } = await joined.count();
    await joined.leave();
    const total = shares.reduce((sum, share) => sum + share, 0);
    return [
      {
        figure: '4 cameras at 640×480@15, a WebRTC viewer each: pictures lost',
        ours: `${picturesLost} of ${pictures}; CPU ${tidy(total)} % of a core in all`,
        target: '0 lost',
        ok: picturesLost === 0 && pictures > 0,
        beside: `server ${tidy(shares[0] ?? 0)} %, each camera process ${shares.slice(1).map(tidy).join(', ')} %`,
      },
    ];
  } finally {
    await perch.stop();
  }
}

import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { Heartbeat, Notify, type Pulse, statusLine } from './notify.ts';

const live = (name: string): Pulse => ({ name, state: 'live', fps: 30 });
const away = (name: string): Pulse => ({ name, state: 'reconnecting', fps: 0 });
const minute = 60_000;

describe('the watchdog is fed', () => {
  test.each<[string, readonly (readonly [number, readonly Pulse[]])[], boolean]>([
    [
      'while pictures flow',
      [
        [0, [live('a')]],
        [minute, [live('a')]],
      ],
      true,
    ],
    ['without any camera', [[0, []]], true],
    [
      'while the only camera is stopped',
      [
        [0, [live('a')]],
        [10 * minute, [{ name: 'a', state: 'stopped', fps: 0 }]],
      ],
      true,
    ],
    [
      'while the only camera is unplugged',
      [
        [0, [live('a')]],
        [10 * minute, [{ name: 'a', state: 'missing', fps: 0 }]],
      ],
      true,
    ],
    [
      'while one of two gives pictures',
      [
        [0, [live('a'), live('b')]],
        [10 * minute, [live('a'), away('b')]],
      ],
      true,
    ],
    [
      'while supervision tries for two minutes',
      [
        [0, [live('a')]],
        [2 * minute, [away('a')]],
      ],
      true,
    ],
    [
      'not when pictures stay away for longer',
      [
        [0, [live('a')]],
        [2 * minute + 1, [away('a')]],
      ],
      false,
    ],
    [
      'not when a camera says live and gives nothing',
      [
        [0, [live('a')]],
        [3 * minute, [{ name: 'a', state: 'live', fps: 0 }]],
      ],
      false,
    ],
    [
      'though a camera never gave a picture: a new start would not help',
      [
        [0, [away('a')]],
        [10 * minute, [away('a')]],
      ],
      true,
    ],
    [
      'after a stop and a start, with patience again',
      [
        [0, [live('a')]],
        [5 * minute, [{ name: 'a', state: 'stopped', fps: 0 }]],
        [6 * minute, [{ name: 'a', state: 'starting', fps: 0 }]],
      ],
      true,
    ],
    [
      'again when they are back',
      [
        [0, [live('a')]],
        [5 * minute, [away('a')]],
        [6 * minute, [live('a')]],
      ],
      true,
    ],
  ])('%s', (_name, looks, fed) => {
    const heartbeat = new Heartbeat();
    expect(looks.map(([at, cameras]) => heartbeat.feed(cameras, at)).at(-1)).toBe(fed);
  });
});

test('the line for systemctl status', () => {
  expect(statusLine([live('door'), away('yard')])).toBe('door live 30/s, yard reconnecting');
  expect(statusLine([])).toBe('no camera');
});

describe('systemd', () => {
  const make = (env: NodeJS.ProcessEnv, cameras: () => readonly Pulse[] = () => [live('door')]) => {
    const sent: (readonly string[])[] = [];
    let now = 0;
    const notify = new Notify({
      cameras,
      env,
      log: pino({ level: 'silent' }),
      send: async (lines) => void sent.push(lines),
      now: () => now,
    });
    return { notify, sent, at: (ms: number) => (now = ms) };
  };

  test('hears ready, alive, stopping', async () => {
    const { notify, sent } = make({ NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '60000000' });
    await notify.ready();
    await notify.beat();
    await notify.stopping();
    expect(sent).toEqual([
      ['READY=1', 'STATUS=door live 30/s'],
      ['WATCHDOG=1', 'STATUS=door live 30/s'],
      ['STOPPING=1', 'STATUS=Ending.'],
    ]);
  });

  test('hears nothing where it does not listen', async () => {
    const { notify, sent } = make({});
    await notify.ready();
    await notify.stopping();
    expect(sent).toEqual([]);
  });

  test('is not told that all is well when it is not', async () => {
    let pulse = live('door');
    const { notify, sent, at } = make({ NOTIFY_SOCKET: '/x' }, () => [pulse]);
    await notify.beat();
    pulse = away('door');
    at(5 * minute);
    await notify.beat();
    expect(sent.at(-1)).toEqual(['STATUS=door reconnecting']);
  });
});

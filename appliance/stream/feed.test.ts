import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type AccessUnit, Feed } from './feed.ts';

let asked: number;
let demand: boolean[];
let errors: unknown[];
let feed: Feed;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  asked = 0;
  demand = [];
  errors = [];
  feed = new Feed(
    {
      keyFrameWanted: () => {
        asked += 1;
      },
      demandChanged: (wanted) => demand.push(wanted),
    },
    (error) => errors.push(error),
  );
});
afterEach(() => {
  vi.useRealTimers();
});

const unit = (key: boolean): AccessUnit => ({ data: Buffer.alloc(1), key, timeUs: 1, codec: 'h264', revision: 1 });

it('merges wishes for a key frame until one comes', () => {
  for (let i = 0; i < 5; i += 1) feed.requestKeyFrame();
  feed.push(unit(false));
  feed.requestKeyFrame();
  expect(asked).toBe(1);
  feed.push(unit(true));
  feed.requestKeyFrame();
  expect(asked).toBe(2);
});

it('asks again when a wish got lost', () => {
  feed.requestKeyFrame();
  vi.advanceTimersByTime(999);
  feed.requestKeyFrame();
  expect(asked).toBe(1);
  vi.advanceTimersByTime(1);
  feed.requestKeyFrame();
  expect(asked).toBe(2);
});

it('asks the new process when the old one took a wish with it, if anybody listens', () => {
  feed.sourceReplaced();
  expect(asked).toBe(0);
  feed.subscribe(() => {});
  feed.requestKeyFrame();
  feed.sourceReplaced();
  expect(asked).toBe(2);
});

it('says when somebody listens and when nobody does any more', () => {
  const leave = [feed.subscribe(() => {}), feed.subscribe(() => {})];
  for (const one of [...leave, ...leave]) one();
  expect(demand).toEqual([true, false]);
});

it('serves the others when one throws, and those who leave meanwhile no more', () => {
  const heard: string[] = [];
  const leave = feed.subscribe(() => {
    heard.push('first');
    leave();
  });
  feed.subscribe(() => {
    throw new Error('broken');
  });
  feed.subscribe(() => heard.push('last'));
  feed.push(unit(true));
  feed.push(unit(false));
  expect(heard).toEqual(['first', 'last', 'last']);
  expect(errors).toHaveLength(2);
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WireCommand, WireSettings, WireStatus } from '../../../proto/index.ts';
import { defaultSettings } from '../../settings/table.ts';
import { PanelModel } from './model.ts';
import { emptyView } from './view.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A camera behind a panel: it takes every change, unless the test says otherwise. */
class Trial {
  readonly view = emptyView();
  readonly commands: WireCommand[] = [];
  readonly said: string[] = [];
  readonly spoken: string[] = [];
  began = 0;
  settings: WireSettings = { ...defaultSettings('door', 0) };
  revision = 1;
  refuse: Partial<WireStatus> | undefined;
  gone = false;
  readonly model = new PanelModel(this.view, 'door', async (command) => this.#take(command), {
    began: () => {
      this.began += 1;
    },
    said: (text) => this.said.push(text),
    announce: (text) => this.spoken.push(text),
  });

  status(more: Partial<WireStatus> = {}): WireStatus {
    return {
      success: true,
      current_settings: { ...this.settings },
      revision: this.revision,
      applied_revision: this.revision,
      applied_time_us: this.revision * 1000,
      saved_revision: this.revision,
      state: 2,
      ...more,
    };
  }

  /** Somebody else's change, as everyone is told of it. */
  push(settings: WireSettings, who: string, more: Partial<WireStatus> = {}): void {
    this.revision += 1;
    this.settings = { ...this.settings, ...settings };
    this.model.receive(this.status({ changed_by: who, changed_fields: Object.keys(settings), ...more }));
  }

  async #take(command: WireCommand): Promise<WireStatus> {
    this.commands.push(command);
    if (this.gone) throw new Error('The camera does not answer.');
    const { cameraName: _, ...changes } = command.settings ?? {};
    if (this.refuse) return this.status({ success: false, request_id: '1', ...this.refuse });
    if (Object.keys(changes).length > 0) {
      this.revision += 1;
      this.settings = { ...this.settings, ...changes };
    }
    return this.status({ request_id: '1', sizes: ['1280x720', '640x480'] });
  }
}

async function ready(): Promise<Trial> {
  const trial = new Trial();
  await trial.model.refresh();
  return trial;
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(60);

it('shows what the camera is set to', async () => {
  const { view } = await ready();
  expect(view.ready).toBe(true);
  expect(view.fields.brightness).toMatchObject({ value: 0, text: '0', differs: false, disabled: false, at: 50 });
  expect(view.size.value).toBe('1280x720');
  expect(view.cards.Picture.live).toBe(true);
  expect(view.cards.Stream.live).toBe(false);
});

describe('a change', () => {
  it('is sent, applied, and confirmed by a picture taken after it', async () => {
    const trial = await ready();
    trial.model.set('brightness', 20);
    expect(trial.view.fields.brightness).toMatchObject({ value: 20, phase: 'sent', differs: true });
    expect(trial.commands.at(-1)?.settings).toEqual({ brightness: 20, cameraName: 'door' });
    await settled();
    expect(trial.view.fields.brightness.phase).toBe('applied');
    trial.model.presented(trial.revision * 1000 - 1);
    expect(trial.view.fields.brightness.phase).toBe('applied');
    trial.model.presented(trial.revision * 1000);
    expect(trial.view.fields.brightness.phase).toBe('confirmed');
    await vi.advanceTimersByTimeAsync(2000);
    expect(trial.view.fields.brightness.phase).toBe('');
    expect(trial.model.waitsForPicture).toBe(false);
  });

  it('that is refused goes back, and the sentence stands at the field it is about', async () => {
    const trial = await ready();
    trial.refuse = { message: 'Brightness is 20, but must be 0.', error_field: 'brightness' };
    trial.model.set('brightness', 20);
    await settled();
    expect(trial.view.fields.brightness).toMatchObject({
      value: 0,
      text: '0',
      phase: 'refused',
      error: 'Brightness is 20, but must be 0.',
    });
    expect(trial.view.undo).toBe('');
    expect(trial.spoken).toContain('Brightness is 20, but must be 0.');
  });

  it('that gets no answer goes back too', async () => {
    const trial = await ready();
    trial.gone = true;
    trial.model.set('contrast', 5);
    await settled();
    expect(trial.view.fields.contrast).toMatchObject({ value: 0, error: 'The camera does not answer.' });
  });

  it('that makes a gap waits until the slider is let go', async () => {
    const trial = await ready();
    trial.model.hold('quality');
    trial.model.drag('quality', 50);
    trial.model.drag('quality', 40);
    await settled();
    expect(trial.commands).toHaveLength(1);
    trial.model.release();
    expect(trial.commands.at(-1)?.settings).toEqual({ quality: 40, cameraName: 'door' });
  });

  it('typed out of range is refused here, in a sentence', async () => {
    const trial = await ready();
    trial.model.type('brightness', '500');
    expect(trial.view.fields.brightness).toMatchObject({ value: 0, error: 'Brightness goes from -100 to 100.' });
    expect(trial.commands).toHaveLength(1);
  });

  it('that is refused stays so when the one before it is seen', async () => {
    const trial = await ready();
    trial.model.set('brightness', 20);
    trial.model.type('brightness', '500');
    await settled();
    trial.model.presented(trial.revision * 1000);
    expect(trial.view.fields.brightness).toMatchObject({ value: 20, phase: 'refused' });
    expect(trial.model.waitsForPicture).toBe(false);
  });

  it('keeps the picture from before it', async () => {
    const trial = await ready();
    trial.model.hold('brightness');
    trial.model.drag('brightness', 3);
    trial.model.drag('brightness', 4);
    expect(trial.began).toBe(1);
  });
});

describe('somebody else', () => {
  it('moves the control and is named', async () => {
    const trial = await ready();
    trial.push({ brightness: -30 }, 'Token garage');
    expect(trial.view.fields.brightness).toMatchObject({ value: -30, who: 'Token garage, just now' });
    expect(trial.view.fields.contrast.who).toBe('');
    await vi.advanceTimersByTimeAsync(2 * 60_000);
    expect(trial.view.fields.brightness.who).toBe('Token garage, 2 min ago');
    await vi.advanceTimersByTimeAsync(8 * 60_000);
    expect(trial.view.fields.brightness.who).toBe('');
  });

  it('never moves the control under a finger', async () => {
    const trial = await ready();
    trial.model.hold('brightness');
    trial.model.drag('brightness', 10);
    await settled();
    trial.push({ brightness: -30 }, 'Central');
    expect(trial.view.fields.brightness.value).toBe(10);
    trial.model.release();
    expect(trial.view.fields.brightness).toMatchObject({ value: -30, who: 'Central, just now' });
  });

  it('is not ourselves, when the push of our own change comes', async () => {
    const trial = await ready();
    trial.model.set('brightness', 20);
    await settled();
    trial.model.receive(trial.status({ changed_by: 'Page at 192.0.2.7', changed_fields: ['brightness'] }));
    expect(trial.view.fields.brightness.who).toBe('');
  });

  it('is not ourselves, when a preset was asked for another way', async () => {
    const trial = await ready();
    trial.push({ brightness: 3 }, 'Central');
    await trial.model.asOurs(async () => trial.push({ brightness: 12 }, 'Page at 192.0.2.7'));
    expect(trial.view.fields.brightness).toMatchObject({ value: 12, who: '' });
  });

  it('who is Perch itself took a change back: the sentence stands at the field', async () => {
    const trial = await ready();
    trial.push({ width: 640 }, 'Perch', { message: 'No picture came after this change, so it was taken back.' });
    expect(trial.view.fields.width.error).toMatch(/No picture came/);
    expect(trial.view.fields.width.who).toBe('');
  });

  it('of another camera is not heard', async () => {
    const trial = await ready();
    trial.push({ brightness: 5, cameraName: 'garage' }, 'Central');
    expect(trial.view.fields.brightness.value).toBe(0);
  });

  it('cannot bring back an older state', async () => {
    const trial = await ready();
    const old = trial.status();
    trial.push({ brightness: 5 }, 'Central');
    trial.model.receive(old);
    expect(trial.view.fields.brightness.value).toBe(5);
  });
});

describe('undo', () => {
  it('takes back one gesture at a time, newest first', async () => {
    const trial = await ready();
    trial.model.hold('brightness');
    for (const value of [5, 10, 15]) trial.model.drag('brightness', value);
    trial.model.release();
    await settled();
    trial.model.set('encoding', 'h265');
    await settled();
    expect(trial.view.undo).toBe('Encoding');
    trial.model.undo();
    expect(trial.view.fields.encoding.value).toBe('h264');
    trial.model.undo();
    await settled();
    expect(trial.settings).toMatchObject({ brightness: 0, encoding: 'h264' });
    expect(trial.view.undo).toBe('');
  });

  it('takes back a reset alone, however soon it came after a step', async () => {
    const trial = await ready();
    trial.model.set('contrast', 40);
    await settled();
    trial.model.reset('contrast');
    await settled();
    trial.model.step('contrast', 1);
    await settled();
    trial.model.undo();
    expect(trial.view.fields.contrast.value).toBe(0);
    trial.model.undo();
    expect(trial.view.fields.contrast.value).toBe(40);
    trial.model.undo();
    expect(trial.view.fields.contrast.value).toBe(0);
  });

  it('takes back a reset of a card', async () => {
    const trial = await ready();
    trial.push({ brightness: 20, contrast: -5 }, 'Central');
    trial.model.resetCard('Picture');
    await settled();
    expect(trial.settings).toMatchObject({ brightness: 0, contrast: 0 });
    expect(trial.said).toEqual(['Picture is at its defaults.']);
    trial.model.undo();
    await settled();
    expect(trial.settings).toMatchObject({ brightness: 20, contrast: -5 });
  });

  it('takes back a preset that was applied another way', async () => {
    const trial = await ready();
    const done = trial.model.remember('Night');
    await trial.model.asOurs(async () => trial.push({ brightness: 12, fps: 10 }, 'Page'));
    done();
    expect(trial.view.undo).toBe('Night');
    trial.model.undo();
    await settled();
    expect(trial.settings).toMatchObject({ brightness: 0, fps: 30 });
  });
});

it('disables what the camera does not have, and says why', async () => {
  const trial = await ready();
  const reason = 'This camera chooses it by itself.';
  trial.model.receive(trial.status({ limits: [{ field: 'auto_exposure', available: false, reason }] }));
  expect(trial.view.fields.auto_exposure).toMatchObject({ disabled: true, reason });
  trial.model.set('auto_exposure', false);
  expect(trial.commands).toHaveLength(1);
});

it('leaves the exposure time to automatic exposure while that is on', async () => {
  const trial = await ready();
  expect(trial.view.fields.exposure_time.reason).toBe('Automatic exposure chooses it.');
  trial.model.set('auto_exposure', false);
  await settled();
  expect(trial.view.fields.exposure_time.disabled).toBe(false);
});

it('sets both sides of a size at once, and opens the fields for another size', async () => {
  const trial = await ready();
  trial.model.chooseSize('640x480');
  expect(trial.commands.at(-1)?.settings).toMatchObject({ width: 640, height: 480 });
  await settled();
  trial.model.chooseSize('custom');
  expect(trial.view.size).toMatchObject({ custom: true, value: 'custom' });
  trial.model.setSize('99999', '480');
  expect(trial.view.fields.width.error).toBe('Width goes from 160 to 3840.');
});

it('says whether everything is on disk', async () => {
  const trial = await ready();
  trial.model.receive(trial.status({ saved_revision: 0 }));
  expect(trial.view.saved).toBe(false);
  trial.model.receive(trial.status());
  expect(trial.view.saved).toBe(true);
});

it('shows why a stop or a start failed', async () => {
  const trial = await ready();
  trial.refuse = { message: 'The camera "door" gives no picture now.' };
  await trial.model.command(1);
  expect(trial.view).toMatchObject({ message: 'The camera "door" gives no picture now.', busy: false });
});

/** How to get from one pipeline to another while it plays: pure, from two descriptions to steps. */
import type { Encoding, SettingName, Settings } from '../settings/table.ts';
import { settingNames } from '../settings/table.ts';
import { attachMain, type Pipeline, written } from './pipeline.ts';
import type { Properties, Step } from './worker.ts';

export type Plan =
  /** Something differs that cannot change while it plays. */
  | { readonly kind: 'rebuild' }
  | {
      readonly kind: 'steps';
      readonly steps: readonly Step[];
      /** Elements that a picture must enter before the change counts as shown. */
      readonly confirm: readonly string[];
      /** Pictures to let pass before that. */
      readonly skip: number;
      /** Whether pictures may be missing on the way. */
      readonly brief: boolean;
      /** `main` gets a branch of its own, or another one, with this codec. */
      readonly newMain?: Encoding;
      /** `main` goes back to the H.264 that everybody gets. */
      readonly mainIsVideo: boolean;
    };

/**
 * Plans the change from `now` to `next`; what is equal in both is not touched. `mainStream` numbers the pictures of a new
 * main branch. Order matters for the gap: size and rate first, so that an encoder which is exchanged too opens once, at
 * its final size; the branch of main last, as only recorders follow it.
 */
export function planChange(now: Pipeline, next: Pipeline, mainStream: number): Plan {
  if (
    now.head !== next.head ||
    now.tail !== next.tail ||
    now.loop !== next.loop ||
    now.fit !== next.fit ||
    now.bars !== next.bars ||
    JSON.stringify(now.texts) !== JSON.stringify(next.texts)
  ) {
    return { kind: 'rebuild' };
  }
  const steps: Step[] = [];
  const confirm = new Set<string>();
  let skip = 0;
  let brief = false;

  const changed: Record<string, Readonly<Record<string, string>>> = { ...differing(now.properties, next.properties) };
  for (const name of Object.keys(changed)) {
    // A valve shows nothing by itself.
    if (name.endsWith('_valve')) continue;
    if (next.controlled.includes(name)) {
      skip = Math.max(skip, next.controlDelay);
      confirm.add('look');
    } else {
      confirm.add(name);
    }
    if (name === 'caps' || name === 'frame') brief = true;
  }
  for (const name of ['sharp', 'video_encoder'] as const) {
    const [from, to] = [now.segments[name], next.segments[name]];
    if (from.shape !== to.shape) continue;
    for (const [element, properties] of Object.entries(differing(from.live, to.live))) {
      changed[element] = properties;
      if (name === 'sharp') confirm.add(element);
      else if (next.videoOpen) confirm.add(name);
    }
  }
  if (now.main?.branch === next.main?.branch && now.main !== undefined && next.main !== undefined) {
    Object.assign(changed, differing(now.main.live, next.main.live));
    if (Object.keys(differing(now.main.live, next.main.live)).length > 0) confirm.add('main');
  }
  if (Object.keys(changed).length > 0) steps.push({ set: changed });

  for (const name of ['sharp', 'video_encoder'] as const) {
    const [from, to] = [now.segments[name], next.segments[name]];
    if (from.shape === to.shape) continue;
    steps.push({ replace: name, with: written(to) });
    if (name === 'sharp') confirm.add(name);
    else if (next.videoOpen) {
      confirm.add(name);
      brief = true;
    }
  }

  const differentMain = now.main?.branch !== next.main?.branch;
  if (differentMain && now.main !== undefined) steps.push({ detach: 'main', from: 'split' });
  if (differentMain && next.main !== undefined) {
    steps.push(attachMain(next.main, mainStream));
    steps.push({ set: next.main.live });
    confirm.add('main');
    brief = true;
  }
  return {
    kind: 'steps',
    steps: steps.filter((step) => !('set' in step) || Object.keys(step.set).length > 0),
    confirm: [...confirm],
    skip,
    brief: brief || differentMain,
    ...(differentMain && next.main !== undefined ? { newMain: next.main.codec } : {}),
    mainIsVideo: differentMain && next.main === undefined,
  };
}

/** The properties of `to` that are not the same in `from`. */
function differing(from: Properties, to: Properties): Properties {
  const result: Record<string, Record<string, string>> = {};
  for (const [element, properties] of Object.entries(to)) {
    const changed = Object.entries(properties).filter(([key, value]) => from[element]?.[key] !== value);
    if (changed.length > 0) result[element] = Object.fromEntries(changed);
  }
  return result;
}

/** The fields that differ, in the table's order. */
export function changedFields(from: Settings, to: Settings): SettingName[] {
  return settingNames.filter((name) => from[name] !== to[name]);
}

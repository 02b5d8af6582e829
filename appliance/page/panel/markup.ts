/** The panel's page text. Every binding is one the CSP build of Alpine can read. */
import { fieldSpec } from '../../settings/table.ts';
import { icon } from './icons.ts';
import type { FieldName } from './values.ts';
import { type ControlCard, controlCards, fieldsOf } from './view.ts';

/** What of the panel the house around it wants. */
export interface MarkupOptions {
  readonly cards: readonly ControlCard[];
  /** The house can show the picture from before. */
  readonly compare: boolean;
}

/** `id` keeps the ids of several panels in one page apart. */
export function panelMarkup(id: string, { cards, compare }: MarkupOptions): string {
  return `
<p class="panel-note" data-part="read-only" x-show="view.readOnly !== ''" x-text="view.readOnly"></p>
<div class="panel-body" :data-holding="view.held !== ''" :aria-busy="!view.ready">
  ${controlCards
    .filter((card) => cards.includes(card))
    .map((card) => cardMarkup(id, card))
    .join('')}
  ${cameraMarkup()}
</div>
${barMarkup(compare)}`;
}

function cardMarkup(id: string, card: ControlCard): string {
  const body = `${id}-card-${card}`;
  const c = `view.cards.${card}`;
  const names = fieldsOf(card).filter((name) => name !== 'height');
  return `
<section class="card" data-card="${card}" aria-labelledby="${body}-title">
  <div class="card-head">
    <h2 id="${body}-title"><button type="button" class="card-fold" @click="fold('${card}')" :aria-expanded="${c}.open" aria-controls="${body}">
      <span class="card-chevron">${icon('chevron')}</span>${card}</button></h2>
    <span class="badge" x-show="${c}.live" data-part="card-badge">live</span>
    <span class="badge" x-show="${c}.unavailable !== ''">not on this camera</span>
    <button type="button" class="icon-button card-reset" x-show="${c}.differs" :disabled="locked" @click="resetCard('${card}')" data-part="reset-card" aria-label="Reset ${card} to its defaults" title="Reset ${card}">${icon('reset')}</button>
  </div>
  <div class="card-body" id="${body}" x-show="${c}.open">
    ${names.map((name) => fieldMarkup(id, name, c)).join('')}
  </div>
</section>`;
}

function fieldMarkup(id: string, name: FieldName, card: string): string {
  const { kind } = fieldSpec(name);
  const own = `${id}-${name}`;
  if (name === 'width') return frame(own, name, 'resolution', 'Resolution', card, sizeControl(own), customSize(own));
  const label = fieldSpec(name).label;
  if (kind === 'boolean') return frame(own, name, name, label, card, toggle(own, name), '');
  if (kind === 'choice') return frame(own, name, name, label, card, choice(own, name), '');
  return frame(own, name, name, label, card, numberField(own, name, label), slider(own, name));
}

/** What every field has around its control: label, mark, badge, who, tick, line, error, help. */
function frame(
  own: string,
  name: FieldName,
  shown: string,
  label: string,
  card: string,
  control: string,
  below: string,
): string {
  const f = `f.${name}`;
  const size = name === 'width';
  const differs = size ? '(f.width.differs || f.height.differs)' : `${f}.differs`;
  const help = size ? 'The picture keeps its shape: bars fill what the camera does not cover.' : fieldSpec(name).help;
  return `
<div class="field${below === '' || size ? ' field-choice' : ''}" data-field="${shown}" :data-applied="${f}.brief ? 'brief' : 'live'" :data-phase="${f}.phase"
  :data-held="view.held === '${name}'" :data-differs="${differs}" :data-disabled="${f}.disabled">
  <div class="field-head">
    <div class="field-name">
      <button type="button" class="field-label" id="${own}-label" @click="help('${name}')" @dblclick="reset('${name}')"
        :aria-expanded="${f}.helpOpen" aria-controls="${own}-help">${label}</button>
      <button type="button" class="field-dot" x-show="${differs} && !${f}.disabled" @click="reset('${name}')" data-part="reset"
        aria-label="Reset ${label} to its default" title="Reset to its default"></button>
      <span class="field-tick" data-part="tick" x-show="${f}.phase === 'confirmed'">${icon('check')}<span class="hidden">seen in the picture</span></span>
      <span class="field-sub" x-show="${f}.who === '' && !${f}.disabled && !${card}.live" data-part="badge" x-text="${f}.badge"></span>
      <span class="field-sub field-who" x-show="${f}.who !== ''" data-part="who" x-text="${f}.who"></span>
      <span class="field-sub" x-show="${f}.disabled && ${f}.reason !== ''" data-part="reason" x-text="${f}.reason"></span>
    </div>
    ${control}
  </div>
  ${below}
  <p class="field-error" id="${own}-error" data-part="error" x-show="${f}.error !== ''" x-text="${f}.error"></p>
  <div class="field-help" id="${own}-help" x-show="${f}.helpOpen">
    <p>${help}</p>
    <button type="button" class="text-button" @click="reset('${name}')" :disabled="!${differs} || locked">Default: <span x-text="standard('${name}')"></span></button>
  </div>
  <span class="field-line" aria-hidden="true"></span>
</div>`;
}

function numberField(own: string, name: FieldName, label: string): string {
  const { kind, unit } = fieldSpec(name);
  const wide = kind === 'bitrate' ? ' field-number-wide' : '';
  const signed = (fieldSpec(name).min ?? 0) < 0 || kind !== 'integer';
  return `
    <span class="field-fine" x-show="f.${name}.fine !== ''" x-text="f.${name}.fine"></span>
    <label class="field-number${wide}"><span class="hidden">${label}, typed</span>
      <input type="text" inputmode="${signed ? 'text' : 'numeric'}" autocomplete="off" spellcheck="false" data-part="number"
        :value="f.${name}.text" :disabled="f.${name}.disabled" :aria-invalid="f.${name}.error !== ''" aria-describedby="${own}-error"
        @focus="edit('${name}', $event)" @blur="typed('${name}', $event)" @keydown="numberKey('${name}', $event)">${
          kind === 'integer' && unit !== undefined ? `<span class="unit">${unit}</span>` : ''
        }</label>`;
}

function slider(own: string, name: FieldName): string {
  return `
  <div class="slider" data-part="slider" data-slider="${name}" :style="track('${name}')">
    <input type="range" data-part="range" aria-labelledby="${own}-label" :aria-valuetext="spoken('${name}')" aria-describedby="${own}-error"
      :min="f.${name}.min" :max="f.${name}.max" :step="f.${name}.step" :value="f.${name}.value" :disabled="f.${name}.disabled"
      @input="ranged('${name}', $event)" @keydown="rangeKey('${name}', $event)">
    <span class="slider-track"></span><span class="slider-fill"></span><span class="slider-notch"></span><span class="slider-thumb"></span>
  </div>`;
}

function toggle(own: string, name: FieldName): string {
  return `
    <span class="switch"><input type="checkbox" role="switch" data-part="switch" aria-labelledby="${own}-label" aria-describedby="${own}-error"
      :checked="f.${name}.value" :disabled="f.${name}.disabled" @change="toggled('${name}', $event)"><span class="switch-knob" aria-hidden="true"></span></span>`;
}

function choice(own: string, name: FieldName): string {
  return `
    <span class="select"><select data-part="select" aria-labelledby="${own}-label" aria-describedby="${own}-error" :disabled="f.${name}.disabled" @change="chosen('${name}', $event)">
      <template x-for="c in f.${name}.choices" :key="c.value"><option :value="c.value" x-text="c.label" :selected="c.value === f.${name}.value"></option></template>
    </select>${icon('chevron')}</span>`;
}

function sizeControl(own: string): string {
  return `
    <span class="select"><select data-part="select" aria-labelledby="${own}-label" aria-describedby="${own}-error" :disabled="f.width.disabled" @change="sized($event)">
      <template x-for="c in view.size.choices" :key="c.value"><option :value="c.value" x-text="c.label" :selected="c.value === view.size.value"></option></template>
      <option value="custom" :selected="view.size.value === 'custom'" x-text="customLabel"></option>
    </select>${icon('chevron')}</span>`;
}

function customSize(own: string): string {
  return `
  <form class="custom-size" x-show="view.size.custom" @submit.prevent="customSized($event)">
    <label>Width <input type="text" name="width" inputmode="numeric" autocomplete="off" data-part="custom-width" :value="view.size.width" aria-describedby="${own}-error"></label>
    <span aria-hidden="true">×</span>
    <label>Height <input type="text" name="height" inputmode="numeric" autocomplete="off" data-part="custom-height" :value="view.size.height" aria-describedby="${own}-error"></label>
    <button type="submit" class="button" data-part="custom-set">Set</button>
  </form>`;
}

function cameraMarkup(): string {
  return `
<section class="card camera-card" data-card="Camera" aria-label="Camera">
  <p class="camera-state" data-part="state" :data-state="view.state"><span class="dot" aria-hidden="true"></span><span x-text="stateText"></span></p>
  <div class="button-row">
    <button type="button" class="button" data-part="start" x-show="view.state === 'stopped'" :disabled="view.busy || locked" @click="command(1)">${icon('play')}Start</button>
    <button type="button" class="button" data-part="stop" x-show="view.state !== 'stopped'" :disabled="view.busy || locked" @click="command(2)">${icon('stop')}Stop</button>
    <button type="button" class="button" data-part="restart" :disabled="view.busy || locked" @click="command(4)">${icon('restart')}Restart</button>
    <button type="button" class="button" data-part="reset-all" :disabled="!anyDiffers || locked" @click="resetAll()">${icon('reset')}Reset all</button>
  </div>
  <p class="field-error" role="alert" data-part="message" x-show="view.message !== ''" x-text="view.message"></p>
</section>`;
}

function barMarkup(compare: boolean): string {
  const button = compare
    ? `<button type="button" class="button bar-compare" data-part="compare" x-show="canCompare" @pointerdown="compareOn($event)" @pointerup="compareOff()" @pointercancel="compareOff()" @contextmenu.prevent="nothing()"
      @keydown.space.prevent="compareOn($event)" @keyup.space="compareOff()" @blur="compareOff()" title="Hold to see the picture before">${icon('compare')}<span>Compare</span></button>`
    : '';
  return `
<div class="panel-bar" data-part="bar" :data-open="barOpen || view.undo !== ''">
  ${button}
  <button type="button" class="button bar-undo" data-part="undo" :disabled="view.undo === ''" @click="undo()" :aria-label="undoLabel">${icon('undo')}<span>Undo</span></button>
  <span class="saved" data-part="saved" :data-saved="view.saved ? 'yes' : 'no'"><span class="saved-icon">${icon('check')}</span><span x-text="view.saved ? 'Saved' : 'Saving…'"></span></span>
</div>`;
}

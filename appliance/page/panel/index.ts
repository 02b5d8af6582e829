/**
 * The control panel: every setting of one camera. It knows a transport and the table of settings,
 * nothing of where it stands: the camera's own page, the relay's fleet page, a Django template.
 */
import Alpine from '@alpinejs/csp';
import type { WireCommand, WireStatus } from '../../../proto/index.ts';
import { panelMarkup } from './markup.ts';
import { PanelModel } from './model.ts';
import { panelScope } from './scope.ts';
import { attachSlider } from './slider.ts';
import type { FieldName } from './values.ts';
import { type ControlCard, controlCards, emptyView, fieldNames, type PanelView } from './view.ts';

/** The way to a camera, whatever carries it. */
export interface PanelTransport {
  /**
   * Resolves with the answer to this command; `request_id` is the transport's business.
   * @throws Error with a sentence for the person when no answer comes
   */
  send(command: WireCommand): Promise<WireStatus>;
  /** Hears every push, of every camera; the returned function ends it. */
  onPush(listener: (status: WireStatus) => void): () => void;
  /** Hears each (re)connection, after which everything may have changed; the returned function ends it. */
  onOpen?(listener: () => void): () => void;
}

export interface PanelOptions {
  /** The camera's name. */
  readonly camera: string;
  /** Why this person may look but change nothing, in a sentence. Whoever receives the commands sees to it too. */
  readonly readOnly?: string;
  /** Cards to show; all when absent. */
  readonly cards?: readonly ControlCard[];
  /** Pictures as they reach the screen, by capture time on the camera's clock in µs: they confirm changes. */
  readonly onPicture?: (listener: (captureUs: number) => void) => () => void;
  /** Shows the picture from before while held. Without it there is no Compare. */
  readonly compare?: { available(): boolean; show(on: boolean): void };
  /** A person is about to change something. */
  readonly onBegin?: () => void;
  /** A control is held, or let go. */
  readonly onHold?: (held: boolean) => void;
  /** A line for the person, with an Undo where there is one. */
  readonly onSaid?: (text: string, undo?: () => void) => void;
  /** For the house's live region; without it the panel brings its own. */
  readonly announce?: (text: string) => void;
  /** The settings of now changed, here or elsewhere. */
  readonly onSettings?: () => void;
}

/** A panel in a page. */
export interface Panel {
  readonly model: PanelModel;
  /** Watched by Alpine: read it in effects. */
  readonly view: PanelView;
  /** Steps the control that was used last. */
  step(steps: number): void;
  compare(on: boolean): void;
  /** Takes it out of the page. */
  close(): void;
}

let panels = 0;

/** Builds the panel inside `element`, which gets the class `perch-panel`. */
export function mountPanel(element: HTMLElement, transport: PanelTransport, options: PanelOptions): Panel {
  panels += 1;
  const view = Alpine.reactive({ ...emptyView(), readOnly: options.readOnly ?? '' });
  const announce = options.announce ?? ownLiveRegion(element);
  const model = new PanelModel(view, options.camera, (command) => transport.send(command), {
    began: () => options.onBegin?.(),
    said: (text, undo) => options.onSaid?.(text, undo),
    announce,
  });
  const scope = Alpine.reactive(panelScope(model, view, options.compare, (text) => options.onSaid?.(text)));

  Alpine.mutateDom(() => {
    element.classList.add('perch-panel');
    const body = document.createElement('div');
    body.className = 'panel-root';
    body.innerHTML = panelMarkup(`perch-${panels}`, {
      cards: options.cards ?? controlCards,
      compare: options.compare !== undefined,
    });
    element.append(body);
    Alpine.addScopeToNode(body, scope);
    Alpine.initTree(body);
  });

  const ends = [
    ...attachSliders(element, model, view, scope),
    transport.onPush((status) => {
      model.receive(status);
      options.onSettings?.();
    }),
    transport.onOpen?.(() => void model.refresh().catch(() => undefined)),
    // Pictures come 30 times a second; they matter only while a change waits for one.
    options.onPicture?.((captureUs) => {
      if (model.waitsForPicture) model.presented(captureUs);
    }),
  ];
  const holdEffect = Alpine.effect(() => options.onHold?.(view.held !== ''));
  // A refused connection is the transport's to tell; the next one asks again.
  void model.refresh().then(options.onSettings, () => undefined);

  return {
    model,
    view,
    step: (steps) => scope.stepLast(steps),
    compare: (on) => (on ? scope.compareOn() : scope.compareOff()),
    close: () => {
      for (const end of ends) end?.();
      model.close();
      Alpine.release(holdEffect);
      options.onHold?.(false);
      Alpine.mutateDom(() => {
        // Only what was put in: the element itself belongs to the house.
        for (const child of element.children) Alpine.destroyTree(child);
        element.replaceChildren();
      });
    },
  };
}

function attachSliders(
  element: HTMLElement,
  model: PanelModel,
  view: PanelView,
  scope: { touched(name: FieldName): void },
): (() => void)[] {
  return [...element.querySelectorAll<HTMLElement>('[data-slider]')].flatMap((track) => {
    const name = fieldNames.find((known) => known === track.dataset.slider);
    if (!name) return [];
    const field = view.fields[name];
    return attachSlider(track, {
      scale: () => (field.disabled ? undefined : model.scale(name)),
      value: () => Number(field.value),
      notch: () => Number(model.defaultOf(name)),
      begin: () => {
        scope.touched(name);
        model.hold(name);
      },
      move: (value) => model.drag(name, value),
      fine: (text) => {
        field.fine = text;
      },
      end: () => model.release(),
    });
  });
}

function ownLiveRegion(element: HTMLElement): (text: string) => void {
  const region = document.createElement('p');
  region.className = 'hidden';
  region.setAttribute('role', 'status');
  element.append(region);
  return (text) => {
    region.textContent = text;
  };
}

/** The camera's light, as it is on the device: it plays here too, with what it means and all it can say. */
import Alpine from '@alpinejs/csp';
import { api, type LightAnswer, type LightHold, type LightMeaning } from '../api.ts';
import { played, strip } from './drawn.ts';

/** How often it is asked for while it is seen, in ms: a press of the button should show here while it is held. */
const pollMs = 1_000;

interface Row {
  readonly key: string;
  readonly looks: string;
  readonly sentence: string;
  readonly strip: string;
  readonly now: boolean;
}

const row = ({ looks, sentence, pattern }: LightMeaning, now: boolean): Row => ({
  key: `${looks} ${sentence}`,
  looks,
  sentence,
  strip: strip(pattern),
  now,
});

/** What letting go does from that moment on. */
function held(hold: LightHold): Row {
  const since = hold.from_ms === 0 ? 'at once' : `from ${hold.from_ms / 1000} s`;
  return row({ ...hold, looks: `${since}: ${hold.looks}` }, false);
}

/** Registers the component. */
export function registerLight(): void {
  Alpine.data('light', () => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    let plays = '';
    let dot: HTMLElement | undefined;
    const still = matchMedia('(prefers-reduced-motion: reduce)');
    return {
      /** This device has a light to tell of. */
      heard: false,
      looks: '',
      sentence: '',
      where: '',
      hasButton: false,
      states: [] as Row[],
      holds: [] as Row[],
      /** What the rows were made of. */
      marks: '',

      init(): void {
        dot = this.$refs.dot;
        void this.look();
      },
      destroy(): void {
        ended = true;
        clearTimeout(timer);
      },
      async look(): Promise<void> {
        try {
          this.take(await api.light());
        } catch {
          // What was last heard stands; the page says by itself that the camera does not answer.
        }
        if (!ended) timer = setTimeout(() => void this.look(), pollMs);
      },
      take({ state, now, played_ms: playedMs, light, button, states, holds }: LightAnswer): void {
        this.heard = true;
        this.looks = now.looks;
        this.sentence = now.sentence;
        this.where = light;
        this.hasButton = button;
        // Rows are made anew only when they say something else: they may be read just now.
        const marks = `${state} ${button}`;
        if (marks !== this.marks) {
          this.marks = marks;
          this.states = states.map((each) => row(each, each.state === state));
          this.holds = button ? holds.map((each) => held(each)) : [];
        }
        this.play(now, playedMs);
      },
      /** In step with the device, as far as the network lets it. */
      play({ pattern }: LightMeaning, playedMs: number): void {
        const wanted = JSON.stringify([pattern, still.matches]);
        if (dot === undefined || wanted === plays) return;
        plays = wanted;
        for (const each of dot.getAnimations()) each.cancel();
        const film = played(pattern);
        // Who wants no motion sees it lit, and reads the strip beside it.
        dot.style.opacity = pattern.length === 0 ? '0' : '1';
        if (film === undefined || still.matches) return;
        const animation = dot.animate([...film.frames], { duration: film.duration, iterations: Infinity });
        animation.currentTime = playedMs % film.duration;
      },
    };
  });
}

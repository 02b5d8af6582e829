/** How this camera stands with the relay, where it has one: on the Health tab. */
import Alpine from '@alpinejs/csp';
import { api, type RelayLink } from './api.ts';
import { relayFacts } from './relay-facts.ts';

/** How often it is asked for while it is seen, in milliseconds. */
const pollMs = 2_000;

/** Registers the component. */
export function registerRelay(): void {
  Alpine.data('relay', () => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    return {
      link: { state: 'off', since: 0 } as RelayLink,
      facts: [] as ReturnType<typeof relayFacts>,

      init(): void {
        void this.look();
      },
      destroy(): void {
        ended = true;
        clearTimeout(timer);
      },
      async look(): Promise<void> {
        try {
          const { link, now } = await api.health();
          this.link = link;
          this.facts = relayFacts(link, now);
        } catch {
          // What was last heard stands; the page says by itself that the camera does not answer.
        }
        if (!ended) timer = setTimeout(() => void this.look(), pollMs);
      },
      get configured(): boolean {
        return this.link.state !== 'off';
      },
      get message(): string {
        return this.link.message ?? '';
      },
    };
  });
}

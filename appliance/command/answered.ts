/** Answers by request_id: a command sent again is answered again, not carried out again. */
import type { WireStatus } from '../../proto/index.ts';

/** Requests remembered over all clients; at 60 commands a second from one client this reaches back over a minute. */
const most = 5_000;
/** A longer id is answered but not remembered: ids are for telling requests apart, not for keeping text here. */
const maxIdLength = 128;
/** Refusals that say "try again": the same request must then be carried out. */
const passing: ReadonlySet<string | undefined> = new Set(['too_many', 'internal', 'shutting_down', 'camera_away']);

/** Remembers the newest answers, by client and request_id. */
export class Answered {
  readonly #answers = new Map<string, Promise<WireStatus>>();

  /** Runs `action`, or gives the answer of the request with the same id. Without an id it always runs. */
  async once(client: string, id: string | undefined, action: () => Promise<WireStatus>): Promise<WireStatus> {
    if (!id) return action();
    const key = `${client}\n${id}`;
    const known = this.#answers.get(key);
    if (known) return known;
    const answer = action().then((status) => ({ ...status, request_id: id }));
    if (id.length > maxIdLength) return answer;
    this.#answers.set(key, answer);
    if (this.#answers.size > most) {
      const oldest = this.#answers.keys().next().value;
      if (oldest !== undefined) this.#answers.delete(oldest);
    }
    const status = await answer;
    if (passing.has(status.error_code)) this.#answers.delete(key);
    return status;
  }
}

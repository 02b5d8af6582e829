/** The link to the relay in a few lines. */
import type { RelayLink } from './api.ts';
import { agoText } from './liveness.ts';

/** The lines below the sentence: what they are called, and what they say. Times in ms since 1970 by the device. */
export function relayFacts(link: RelayLink, now: number): readonly { readonly name: string; readonly text: string }[] {
  const { state, since, round_trip_ms: roundTrip, next_try_at: nextTry, last_error: problem } = link;
  const connected = state === 'connected';
  const left = nextTry === undefined ? 0 : Math.ceil((nextTry - now) / 1000);
  return [
    ...(connected ? [{ name: 'Connected', text: agoText(now - since) }] : []),
    ...(roundTrip === undefined ? [] : [{ name: 'There and back', text: `${roundTrip} ms` }]),
    ...(connected || state === 'connecting' ? [] : [{ name: 'Lost', text: agoText(now - since) }]),
    ...(nextTry === undefined ? [] : [{ name: 'Next try', text: left > 0 ? `in ${left} s` : 'now' }]),
    // While it is away the sentence itself says why.
    ...(connected && problem !== undefined ? [{ name: 'Last problem', text: problem }] : []),
  ];
}

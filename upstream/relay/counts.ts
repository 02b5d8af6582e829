/** What the relay has done since it started, for the metrics. */
export interface Counts {
  commands: number;
  answers: number;
  pushes: number;
  /** Answers nobody waits for: too late, or made up. */
  strays: number;
  badFrames: number;
  /** Commands refused, by error code. */
  readonly refused: Map<string, number>;
  /** Connections turned away, by error code. */
  readonly turnedAway: Map<string, number>;
  /** Connections that read too slowly and were ended. */
  tooSlow: number;
}

export function newCounts(): Counts {
  return {
    commands: 0,
    answers: 0,
    pushes: 0,
    strays: 0,
    badFrames: 0,
    refused: new Map(),
    turnedAway: new Map(),
    tooSlow: 0,
  };
}

export function countBy(counts: Map<string, number>, code: string): void {
  counts.set(code, (counts.get(code) ?? 0) + 1);
}

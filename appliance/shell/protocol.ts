/**
 * What is said over `WS /api/shell`. Text frames are JSON and steer; binary frames are the terminal's bytes: keys in,
 * output out. The page opens or resumes first; everything before that is refused.
 */

/** Columns and rows of a terminal: what any screen has, and a program can be asked to draw. */
export const sizeLimits = { cols: [2, 500], rows: [2, 200] } as const;

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

export type FromPage =
  /** A new session; the password is asked each time. */
  | ({ readonly type: 'open'; readonly password: string } & Size)
  /** Back to a session whose connection broke; `received`: bytes of output shown so far, since its beginning. */
  | ({ readonly type: 'resume'; readonly session: string; readonly received: number } & Size)
  | ({ readonly type: 'resize' } & Size)
  /** Bytes of output shown so far, since the session began: what lets more of it come. */
  | { readonly type: 'ack'; readonly received: number }
  /** Ends the session and everything that runs in it. */
  | { readonly type: 'end' };

export type FromHost =
  /** `session` is the secret to resume with; it is worth nothing without a login. */
  | { readonly type: 'opened'; readonly session: string }
  /** Output goes on at byte `from`; `lost` bytes before it are no longer known. */
  | { readonly type: 'resumed'; readonly from: number; readonly lost: number }
  /** Not done, and why; `retry_after` in seconds. The connection stays for another try. */
  | { readonly type: 'refused'; readonly code: string; readonly message: string; readonly retry_after?: number }
  /** Something to know, such as that an idle session ends soon. An empty one takes the last one back. */
  | { readonly type: 'notice'; readonly message: string }
  /** The session is over, and why; the connection is closed after it. */
  | { readonly type: 'ended'; readonly reason: EndReason; readonly message: string };

export type EndReason = 'exit' | 'asked' | 'idle' | 'alone' | 'password' | 'elsewhere' | 'stopped';

/** Reads a text frame of a page; what is wrong with it, in words, when it is none. */
export function readFromPage(text: string): FromPage | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is no JSON text';
  }
  if (typeof value !== 'object' || value === null) return 'it is no JSON object';
  const frame = value as Readonly<Record<string, unknown>>;
  switch (frame.type) {
    case 'open': {
      const { password } = frame;
      if (typeof password !== 'string') return 'password must be a text';
      const size = readSize(frame);
      return typeof size === 'string' ? size : { type: 'open', password, ...size };
    }
    case 'resume': {
      const { session, received } = frame;
      if (typeof session !== 'string') return 'session must be a text';
      if (!isCount(received)) return 'received must be a number of bytes';
      const size = readSize(frame);
      return typeof size === 'string' ? size : { type: 'resume', session, received, ...size };
    }
    case 'resize': {
      const size = readSize(frame);
      return typeof size === 'string' ? size : { type: 'resize', ...size };
    }
    case 'ack':
      return isCount(frame.received) ? { type: 'ack', received: frame.received } : 'received must be a number of bytes';
    case 'end':
      return { type: 'end' };
    default:
      return 'its type must be open, resume, resize, ack or end';
  }
}

function readSize({ cols, rows }: Readonly<Record<string, unknown>>): Size | string {
  return (
    outside('cols', cols, sizeLimits.cols) ??
    outside('rows', rows, sizeLimits.rows) ?? { cols: cols as number, rows: rows as number }
  );
}

function outside(name: string, value: unknown, [least, most]: readonly [number, number]): string | undefined {
  const fits = Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
  return fits ? undefined : `${name} must be a whole number from ${least} to ${most}`;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

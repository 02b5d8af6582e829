import { pino } from 'pino';

export type { Logger } from 'pino';

/** Lines kept in memory for a support bundle: some 100 kB, an hour or a day. */
const linesKept = 500;
const newest: string[] = [];

/** The newest lines of the log of this process, oldest first, each with its line end. */
export function newestLines(): readonly string[] {
  return newest;
}

/**
 * The structured log: JSON lines on standard output. Whatever a request may carry that opens
 * a door is struck out here, for every part at once. `fd`: written there instead.
 */
export function createLog(level: string, fd = 1) {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        '*.authorization',
        '*.cookie',
        '*.password',
        '*.token',
        'req.headers.authorization',
        'req.headers.cookie',
        'password',
        'token',
      ],
      censor: '(hidden)',
    },
    hooks: {
      streamWrite: (line: string) => {
        newest.push(line);
        if (newest.length > linesKept) newest.shift();
        return line;
      },
    },
  };
  // Standard output is pino's own way, which does not wait for a slow reader.
  return fd === 1 ? pino(options) : pino(options, pino.destination({ fd, sync: true }));
}

import { pino } from 'pino';

export type { Logger } from 'pino';

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
  };
  // Standard output is pino's own way, which does not wait for a slow reader.
  return fd === 1 ? pino(options) : pino(options, pino.destination({ fd, sync: true }));
}

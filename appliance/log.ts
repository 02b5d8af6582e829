import { pino } from 'pino';

export type { Logger } from 'pino';

/**
 * The structured log: JSON lines on standard output. Whatever a request may carry that opens
 * a door is struck out here, for every part at once.
 */
export function createLog(level: string) {
  return pino({
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
  });
}

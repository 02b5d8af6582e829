/** `/api/led`: what the light says now, and everything it can say. */
import type { FastifyInstance } from 'fastify';
import { answerTable, holdMeanings, ledMeanings } from '../led/led.ts';
import type { HttpParts } from './parts.ts';
import { answers, type JsonSchema } from './schema.ts';

const meaning: JsonSchema = {
  type: 'object',
  properties: {
    looks: { type: 'string', description: 'The pattern in words.' },
    pattern: {
      type: 'array',
      items: { type: 'integer' },
      description: 'Milliseconds on and off in turn, over and over; one number alone stays on, none stays dark.',
    },
    sentence: { type: 'string' },
  },
};

const ledSchema: JsonSchema = {
  type: 'object',
  properties: {
    state: { type: 'string', enum: ledMeanings().map(({ state }) => state) },
    now: { ...meaning, description: 'What it plays: the state, or what the button asks for while it is held.' },
    played_ms: { type: 'integer', description: 'For how long it has played that.' },
    light: { type: 'string', description: 'Where the light is.' },
    button: { type: 'boolean', description: 'Whether a button is wired.' },
    states: { type: 'array', items: meaning, description: 'Every state; the first that holds is shown.' },
    holds: { type: 'array', items: meaning, description: 'While the button is held, and what letting go does.' },
    answers: { type: 'array', items: meaning, description: 'What it shows after a press.' },
  },
};

/** Adds the route. */
export function ledRoutes(app: FastifyInstance, { led }: Pick<HttpParts, 'led'>): void {
  if (!led) return;
  app.get(
    '/api/led',
    {
      schema: {
        tags: ['health'],
        summary: 'What the light says now, and everything it can say',
        response: answers(ledSchema),
      },
    },
    async () => {
      const { state, now, playedMs, light, button } = led.status();
      return {
        state,
        now,
        played_ms: playedMs,
        light,
        button,
        states: ledMeanings(),
        holds: holdMeanings().map(({ fromMs, ...row }) => ({ from_ms: fromMs, ...row })),
        answers: Object.values(answerTable).map(({ looks, pattern, sentence }) => ({ looks, pattern, sentence })),
      };
    },
  );
}

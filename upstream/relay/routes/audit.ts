/** Who changed what and when, for admins. */
import type { FastifyInstance } from 'fastify';
import type { Audit } from '../../../appliance/command/audit.ts';
import { answers } from '../../../appliance/http/schema.ts';

/** Lines answered at the most, newest first. */
const most = 500;

/** Adds `/api/audit`. */
export function auditRoutes(app: FastifyInstance, audit: Audit): void {
  const line = {
    type: 'object',
    properties: {
      time: { type: 'string', format: 'date-time' },
      who: { type: 'string' },
      camera: { type: 'string', description: 'The device' },
      action: { type: 'string' },
    },
  };
  app.get(
    '/api/audit',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['audit'],
        summary: `The last ${most} changes, newest first`,
        response: answers({ type: 'object', properties: { lines: { type: 'array', items: line } } }),
      },
    },
    async () => ({ lines: await audit.recent(most) }),
  );
}

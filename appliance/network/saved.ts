/** What the network part keeps in `network.json`: of the hotspot, and of the last trial. */
import * as z from 'zod';
import type { Logger } from '../log.ts';
import { Document } from '../store/document.ts';

const savedSchema = z.object({
  /** Of the hotspot, made once. */
  password: z.string().optional(),
  /** The hotspot has a password: see `Hotspot.settle`. */
  protected: z.boolean().optional(),
  trial: z
    .object({ ssid: z.string(), state: z.enum(['trying', 'joined', 'failed']), message: z.string(), at: z.number() })
    .optional(),
});

export type Saved = Document<z.infer<typeof savedSchema>>;

export function openSaved(path: string, log: Logger): Promise<Saved> {
  return Document.open({ path, log, parse: (value) => savedSchema.parse(value), initial: {} });
}

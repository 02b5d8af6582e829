/** Who asks, as bytes that can be put behind a command: protobuf takes what comes last. */
import { encodeCommand } from '../../proto/index.ts';

/** Fields `asked_by` and `asker` of ControlCommand. `scope` is ASCII, at most 128 characters. */
export function signature(who: string, scope: string): Buffer {
  return Buffer.from(encodeCommand({ asked_by: who, asker: scope }));
}

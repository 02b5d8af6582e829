/** One command over HTTP: asked of the device, or left for it, and answered as JSON. */
import { PerchError } from '../../appliance/errors.ts';
import {
  CommandType,
  decodeStatus,
  encodeCommand,
  type WireCommand,
  type WireSettings,
  type WireStatus,
} from '../../proto/index.ts';
import type { Sent } from './fleet/desired.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { Person } from './people/people.ts';
import { signature } from './signature.ts';

let asked = 0;
/** Tells this run of the relay from every other. */
const run = `http.${process.pid}.${Date.now().toString(36)}`;

export interface AskOptions {
  /** Settings for a device that is away wait for it. */
  readonly queue: boolean;
}

/**
 * Resolves with the device's answer, or with what waits for it.
 * @throws PerchError unknown_device, not_connected, no_answer, too_many, and those of Desired.add
 */
export async function ask(
  fleet: Fleet,
  device: string,
  command: WireCommand,
  person: Person,
  { queue }: AskOptions,
): Promise<WireStatus> {
  fleet.devices.check(device);
  asked += 1;
  const given = command.request_id ?? '';
  // An id of one's own is the same request when it comes again; otherwise each is its own.
  const scope = given === '' ? run : `${person.client}/http`;
  const id = given === '' ? `h${asked}` : given;
  const frame = Buffer.from(encodeCommand({ ...command, request_id: id }));
  const leave = (sent?: Sent) => leaveFor(fleet, device, command.settings ?? {}, person, sent);
  const mayWait = queue && (command.command ?? CommandType.UPDATE_SETTINGS) === CommandType.UPDATE_SETTINGS;
  const answer = new Promise<WireStatus>((resolve, reject) => {
    const delivered = fleet.backplane.deliver(device, {
      frame,
      id: Buffer.from(id).toString('latin1'),
      asker: {
        scope,
        signature: signature(person.who, scope),
        answer: (bytes) => {
          try {
            resolve(decodeStatus(bytes));
          } catch {
            reject(new PerchError('bad_message', { expected: 'StatusResponse', reason: `${device} sent nonsense` }));
          }
        },
        lost: (why) => {
          if (mayWait && why !== 'busy') leave({ id, scope }).then(resolve, reject);
          else reject(lostError(device, why));
        },
      },
    });
    if (delivered) return;
    if (mayWait) leave().then(resolve, reject);
    else reject(fleet.away(device));
  });
  const { asker: _, request_id: __, ...status } = await answer;
  return given === '' ? status : { ...status, request_id: given };
}

/**
 * Lets settings wait for a device that is away; what it is answered with says so.
 * @param sent how they were sent already, when their answer was lost
 */
export async function leaveFor(
  fleet: Fleet,
  device: string,
  settings: WireSettings,
  person: Person,
  sent?: Sent,
): Promise<WireStatus> {
  const { settings: waiting } = await fleet.desired.add(device, settings, person.who, sent);
  const message = `${fleet.away(device).message} The change waits and is made when it is back.`;
  // It may have come back meanwhile; another node that has it hears of the change by itself.
  if (fleet.backplane.holds(device)) fleet.desired.bring(device);
  return {
    ...fleet.lastKnown(device, settings.cameraName ?? ''),
    success: true,
    message,
    pending_settings: waiting as WireSettings,
  };
}

/** What whoever asked is told when there will be no answer. */
export function lostError(device: string, why: 'gone' | 'silent' | 'busy'): PerchError {
  if (why === 'busy') return new PerchError('too_many', { allowed: `what ${device} can take`, wait: 'a second' });
  const reason = why === 'gone' ? 'lost its connection before it answered' : 'did not answer in time';
  return new PerchError('no_answer', { device, reason });
}

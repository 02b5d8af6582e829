/** What a press of the button does to the rest of Perch. */
import { CommandType } from '../../proto/index.ts';
import { type ResetParts, resetPassword } from '../auth/reset.ts';
import type { CameraState } from '../camera/types.ts';
import type { Door } from '../command/types.ts';
import type { NetworkPart } from '../network/types.ts';
import type { System } from '../system/index.ts';
import type { ButtonActions } from './led.ts';

export interface ButtonParts extends ResetParts {
  readonly door: Pick<Door, 'execute'>;
  readonly cameras: () => Iterable<{ readonly name: string; status(): { readonly state: CameraState } }>;
  readonly system: Pick<System, 'ask'>;
  readonly network: Pick<NetworkPart, 'startHotspot'>;
}

/** As the button, everybody hears who it was. */
const origin = { who: 'Button', client: 'button' };

/** The actions, each through the same way that everybody else has to take. */
export function buttonActions({ door, cameras, network, system, ...reset }: ButtonParts): ButtonActions {
  return {
    async start_stop() {
      const all = [...cameras()];
      // One that plays is what a person sees, so that is what the press is about.
      const command = all.every((camera) => camera.status().state === 'stopped')
        ? CommandType.START_STREAM
        : CommandType.STOP_STREAM;
      const answers = await Promise.all(
        all.map(({ name }) => door.execute({ command, settings: { cameraName: name } }, origin)),
      );
      const failed = answers.find(({ success }) => success === false);
      if (failed) throw new Error(failed.message ?? 'It was refused.');
      return command === CommandType.START_STREAM ? 'Every camera is started.' : 'Every camera is stopped.';
    },
    async hotspot() {
      await network.startHotspot(origin.who);
      return 'The hotspot is open.';
    },
    async reset_password() {
      await resetPassword(reset, origin.who);
      return 'The password is forgotten: the next visitor of the page chooses a new one.';
    },
    async factory_reset() {
      return system.ask({ do: 'factory-reset' });
    },
  };
}

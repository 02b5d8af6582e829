/** What the recovery page calls what it can do, and what it asks before it does it. */
import type { RecoveryVerb } from '../recovery/wire.ts';

export const labels: Readonly<Record<RecoveryVerb, string>> = {
  'restart-camera': 'Start the camera’s program anew',
  'leave-safe-mode': 'Leave safe mode',
  'roll-back': 'Back to the version before',
  reboot: 'Restart the device',
  'factory-reset': 'Factory reset',
};

interface Question {
  readonly title: string;
  readonly text: string;
  /** The password is asked again. */
  readonly password: boolean;
}

/** Without a question where nothing is lost by it. */
export const questions: Readonly<Partial<Record<RecoveryVerb, Question>>> = {
  'roll-back': {
    title: 'Back to the version before?',
    text: 'The camera’s program is the one before the last update again, or the one that came with the system. Settings stay.',
    password: false,
  },
  reboot: {
    title: 'Restart the device?',
    text: 'Nobody sees a picture for about a minute, and terminals end.',
    password: false,
  },
  'factory-reset': {
    title: 'Forget everything?',
    text: 'Settings, passwords, Wi-Fi, VPN, ssh keys and logins are gone. This cannot be undone.',
    password: true,
  },
};

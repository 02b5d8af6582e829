/** What the page says about versions and before grave steps. */
import type { UpdateStatus } from '../api.ts';

export type Step = 'reboot' | 'poweroff' | 'factory-reset' | 'roll-back';

export interface Question {
  readonly title: string;
  readonly text: string;
  readonly word: string;
  /** Cannot be undone. */
  readonly grave: boolean;
}

/** What is asked before each step. */
export const questions: Readonly<Record<Step, Question>> = {
  reboot: {
    title: 'Restart the device?',
    text: 'The picture is back in about a minute.',
    word: 'Restart',
    grave: false,
  },
  poweroff: {
    title: 'Shut the device down?',
    text: 'It comes back when its plug is pulled and put in again.',
    word: 'Shut down',
    grave: false,
  },
  'factory-reset': {
    title: 'Forget everything?',
    text: 'Settings, presets, passwords, tokens, networks, VPN, logins and updates are gone for good. The camera restarts as new, and the next visitor claims it.',
    word: 'Forget everything',
    grave: true,
  },
  'roll-back': {
    title: 'Go back to the version before?',
    text: 'Settings stay. The picture is away for a few seconds.',
    word: 'Go back',
    grave: false,
  },
};

/** Which version this is, and how it is updated. */
export function versionText({ supported, version, builtIn }: UpdateStatus): string {
  if (version === '') return '';
  if (!supported) return `Perch ${version}, from a checkout: update it with git pull.`;
  return builtIn ? `Perch ${version}, as it came with the system.` : `Perch ${version}.`;
}

/** What became of the last update, for a week. */
export function resultText({ result }: UpdateStatus, now: number): string {
  if (!result || now - result.at > 7 * 86_400_000) return '';
  const when = new Date(result.at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
  if (result.ok) return `Perch ${result.tried} was installed ${when}.`;
  return `Perch ${result.tried} was tried ${when} and taken back. ${result.reason ?? ''}`.trim();
}

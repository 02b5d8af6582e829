/** What became of the files on the boot partition, for people: on the card, and on the page. */
import type { Mistake } from './wanted.ts';

export interface Report {
  readonly taken: readonly string[];
  readonly mistakes: readonly Mistake[];
}

export function mistakeLine({ file, line, text }: Mistake): string {
  return `${file}${line === undefined ? '' : `, line ${line}`}: ${text}`;
}

/** With Windows' line ends: the card is most often looked at there, and everybody else copes. */
export function reportText({ taken, mistakes }: Report): string {
  const lines = [
    'Perch: what became of the files on this card',
    '',
    ...(mistakes.length === 0
      ? ['Everything was understood.']
      : [
          'Not understood, or not possible. Correct it in the file, save, and start the camera with the card again:',
          '',
          ...mistakes.map((each) => `  ${mistakeLine(each)}`),
        ]),
    '',
    ...(taken.length === 0 ? [] : ['Done:', '', ...taken.map((each) => `  ${each}`), '']),
  ];
  return lines.join('\r\n');
}

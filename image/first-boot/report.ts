/** What became of the files on the boot partition, for people: on the card, and on the page. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { Mistake } from './wanted.ts';

/** Where the page finds it; readable by the camera's service. */
export const reportPath = '/var/lib/perch-first-boot/report.json';

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

const mistakesSchema = z.object({
  mistakes: z.array(z.object({ file: z.string(), line: z.number().optional(), text: z.string() })),
});

/** What was wrong with the files on the card, for whoever opens the page; nothing where there was no card to read. */
export async function mistakesForPage(path = reportPath): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  try {
    const { mistakes } = mistakesSchema.parse(JSON.parse(text));
    return mistakes.map((each) => `On the card: ${mistakeLine(each)} The report on it says the same.`);
  } catch {
    return [];
  }
}

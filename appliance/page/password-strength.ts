/** A hint while a password is typed; the server alone decides what is allowed. */
export interface Strength {
  /** 0 not allowed, 1 weak, 2 fair, 3 strong. */
  readonly level: 0 | 1 | 2 | 3;
  readonly text: string;
}

/** The least the server takes, characters. */
const least = 8;
const wellKnown =
  /^(?:pass(?:word|wort)?|qwert[yz]?\w*|abc|letmein|admin|camera|raspberry|perch|welcome|iloveyou)\W*\d*\W*$/i;

/** Judges length and variety: many different characters are what makes guessing long. */
export function passwordStrength(password: string): Strength {
  const { length } = [...password];
  if (length === 0) return { level: 0, text: `At least ${least} characters. A few words in a row are easy to keep.` };
  if (length < least)
    return { level: 0, text: `${least - length} more ${least - length === 1 ? 'character' : 'characters'}.` };
  if (password.trim() === '') return { level: 0, text: 'Only spaces: add some letters.' };
  const different = new Set(password.toLowerCase()).size;
  const inARow = /(?:0123|1234|2345|3456|4567|5678|6789|7890|abcd|qwer|asdf)/i.test(password);
  if (wellKnown.test(password) || different < 5 || (inARow && length < 16)) {
    return { level: 1, text: 'Allowed, but among the first that are tried.' };
  }
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\d/, /[^\p{L}\d]/u].filter((kind) => kind.test(password)).length;
  if (length >= 16 || (length >= 12 && kinds >= 3)) return { level: 3, text: 'Strong.' };
  return { level: 2, text: 'Fair. One more word makes it strong.' };
}

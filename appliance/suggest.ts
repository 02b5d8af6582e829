/** What follows on a name that is not known. */
import { closest, distance } from 'fastest-levenshtein';

/** Letters inserted, left out or replaced in what is still the same word; two that changed places are two. */
const mostWrong = 2;

/**
 * Continues "… is not known.": with the name that was probably meant, or with all there are.
 * @param introduction of the list, such as "Keys are"
 */
export function suggest(name: string, known: readonly string[], introduction: string): string {
  const near = closest(name, known);
  return distance(name, near) <= Math.min(mostWrong, name.length / 2)
    ? `Did you mean "${near}"?`
    : `${introduction}: ${known.join(', ')}.`;
}

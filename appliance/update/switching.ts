/** What the root helper says when everything was found good and the program is about to be replaced. */
export const switching = 'Switching. The page is away for a moment.';

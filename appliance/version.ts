/** Put in by the build, from package.json. */
declare const PERCH_VERSION: string | undefined;

/** Perch's version, such as "0.1.0"; "unbuilt" where the sources run as they are, as in tests. */
export const version: string = typeof PERCH_VERSION === 'undefined' ? 'unbuilt' : PERCH_VERSION;

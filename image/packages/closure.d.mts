/** What is read of a package.json. */
export interface Package {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly gypfile?: boolean;
  readonly binary?: unknown;
}

/**
 * These packages and everything they depend on, by folder; optional ones where they are installed.
 * @param root the folder that has node_modules
 * @throws Error when one that is needed is not installed
 */
export function closureOf(names: Iterable<string>, root: string): ReadonlyMap<string, Package>;

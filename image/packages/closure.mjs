// Packages and everything they depend on, as Node finds them.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folder of a package as one in `from` finds it; undefined when it is not installed. */
function folderOf(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return found;
    if (folder === dirname(folder)) return undefined;
  }
}

export function closureOf(names, root) {
  const packages = new Map();
  const waiting = [...names].map((name) => ({ name, from: root, needed: true }));
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { name, from, needed } = next;
    const folder = folderOf(name, from);
    if (folder === undefined) {
      if (!needed) continue;
      throw new Error(`the package ${name}, which ${from} needs, is not installed`);
    }
    if (packages.has(folder)) continue;
    const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    packages.set(folder, found);
    const { dependencies = {}, optionalDependencies = {} } = found;
    for (const each of Object.keys(dependencies)) {
      waiting.push({ name: each, from: folder, needed: !(each in optionalDependencies) });
    }
    // Those for other machines are not there.
    for (const each of Object.keys(optionalDependencies)) waiting.push({ name: each, from: folder, needed: false });
  }
  return packages;
}

// Leaves only these packages in a node_modules folder, with everything they depend on.
//   node image/packages/only.mjs <node_modules> <name>...
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

const [top, ...names] = process.argv.slice(2);
if (top === undefined || names.length === 0) {
  console.error('node image/packages/only.mjs <node_modules> <name>...');
  process.exit(2);
}

/** Folder of a package as one in `from` finds it; undefined when it is not installed. */
function folderOf(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return found;
    if (!relative(dirname(top), folder)) return undefined;
  }
}

const kept = new Set();
const waiting = names.map((name) => [name, dirname(top), true]);
for (let next = waiting.pop(); next; next = waiting.pop()) {
  const [name, from, needed] = next;
  const folder = folderOf(name, from);
  if (folder === undefined) {
    // Those for other machines are not there.
    if (!needed) continue;
    console.error(`perch: the package ${name}, which ${from} needs, is not in ${top}`);
    process.exit(1);
  }
  if (kept.has(folder)) continue;
  kept.add(folder);
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  for (const each of Object.keys(dependencies)) waiting.push([each, folder, !(each in optionalDependencies)]);
  for (const each of Object.keys(optionalDependencies)) waiting.push([each, folder, false]);
}

/** Names of the packages in a node_modules folder, scoped ones with their scope. */
function packagesIn(folder) {
  return readdirSync(folder).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(folder, name)).map((each) => join(name, each)) : [name],
  );
}

for (const name of packagesIn(top)) {
  const folder = join(top, name);
  // One that holds another that is needed stays.
  if (![...kept].some((each) => each === folder || each.startsWith(folder + sep))) rmSync(folder, { recursive: true });
}
for (const name of readdirSync(top)) {
  if (name.startsWith('@') && readdirSync(join(top, name)).length === 0) rmSync(join(top, name), { recursive: true });
}

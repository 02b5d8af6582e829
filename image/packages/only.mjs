// Leaves only these packages in a node_modules folder, with everything they depend on.
//   node image/packages/only.mjs <node_modules> <name>...
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { closureOf } from './closure.mjs';

const [top, ...names] = process.argv.slice(2);
if (top === undefined || names.length === 0) {
  console.error('node image/packages/only.mjs <node_modules> <name>...');
  process.exit(2);
}

let kept = [];
try {
  kept = [...closureOf(names, dirname(resolve(top))).keys()];
} catch (error) {
  console.error(`perch: ${error.message}`);
  process.exit(1);
}

/** Names of the packages in a node_modules folder, scoped ones with their scope. */
function packagesIn(folder) {
  return readdirSync(folder).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(folder, name)).map((each) => join(name, each)) : [name],
  );
}

for (const name of packagesIn(top)) {
  const folder = join(resolve(top), name);
  // One that holds another that is needed stays.
  if (!kept.some((each) => each === folder || each.startsWith(folder + sep))) rmSync(folder, { recursive: true });
}
for (const name of readdirSync(top)) {
  if (name.startsWith('@') && readdirSync(join(top, name)).length === 0) rmSync(join(top, name), { recursive: true });
}

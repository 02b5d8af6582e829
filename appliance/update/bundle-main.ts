/** The program behind `make bundle`. */
import { ConfigError } from '../config.ts';
import { makeBundle, makeKeys, readKey, writePublic } from './make.ts';

const usage = `node dist/bundle.js keygen KEY              makes a pair: KEY stays with you, KEY.pub goes onto devices
node dist/bundle.js public KEY OUT           writes the public half of KEY
node dist/bundle.js make FOLDER ARCH KEY OUT  packs an application for arm64 or x64`;

async function main([word, ...rest]: readonly string[]): Promise<void> {
  const [first, second, third, fourth] = rest;
  if (word === 'keygen' && first !== undefined && rest.length === 1) {
    await makeKeys(first);
    console.log(
      `perch: ${first} signs updates: keep it secret, and keep a copy.\n       ${first}.pub goes onto devices.`,
    );
  } else if (word === 'public' && first !== undefined && second !== undefined && rest.length === 2) {
    await writePublic(first, second);
  } else if (word === 'make' && first && second && third && fourth && rest.length === 4) {
    const seconds = Number(process.env.SOURCE_DATE_EPOCH ?? Date.now() / 1000);
    const key = await readKey(third);
    const made = await makeBundle({ application: first, arch: second, key, created: seconds * 1000, out: fourth });
    const mb = (bytes: number) => (bytes / 1e6).toFixed(1);
    console.log(`perch: ${fourth}, ${mb(made.size)} MB (${made.files} files, ${mb(made.unpacked)} MB on the device)`);
  } else throw new ConfigError(usage);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});

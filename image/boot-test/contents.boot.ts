/** The image as it lies on the disk, before anything of it runs: nobody's secrets, and what belongs beside it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { builtImage, partitionStart } from './card.ts';

const run = promisify(execFile);
let image: string;
let name: string;
beforeAll(async () => {
  image = await builtImage();
  name = join(dirname(image), basename(image, '.img'));
});

/** One command of debugfs on the root file system. */
async function root(command: string): Promise<string> {
  return (await run('debugfs', ['-R', command, `${image}?offset=${await partitionStart(image, 2)}`])).stdout;
}

test('no host key, no id, no password, nothing logged', async () => {
  expect(await root('cat /etc/machine-id')).toBe('');
  expect(await root('cat /etc/passwd')).toContain('perch:');
  expect(await root('ls /etc/ssh')).toContain('sshd_config');
  expect(await root('ls /etc/ssh')).not.toContain('ssh_host');
  const shadow = (await root('cat /etc/shadow')).trim().split('\n');
  expect(shadow.length).toBeGreaterThan(10);
  for (const line of shadow) expect(line.split(':')[1]).toMatch(/^(\*|!|!\*|!!)$/);
  for (const folder of ['/var/log', '/var/lib/perch', '/root', '/tmp', '/home']) {
    const names = (await root(`ls -p ${folder}`)).split('\n').flatMap((line) => line.split('/')[5] ?? []);
    const loose = names.filter((each) => !['.', '..', '', 'journal'].includes(each));
    expect(`${folder}: ${loose.join(' ')}`).toBe(`${folder}: `);
  }
  // What the machine that built it helped out with.
  expect(await root('ls /usr/lib')).not.toContain('x86_64-linux-gnu');
  expect(await root('ls /usr/bin')).not.toContain('.emulated');
});

test('the program has its code cache: an installation only says when there is none', async () => {
  const dist = await root('ls /usr/lib/perch/dist');
  const [, program = 'no program'] = /(program-\w+)\.cjs/.exec(dist) ?? [];
  expect(dist).toContain(`${program}.cache`);
});

test('the data partition is empty, and the boot partition holds what starts it', async () => {
  const boot = (await run('mdir', ['-b', '-i', `${image}@@${await partitionStart(image, 1)}`, '::'])).stdout;
  for (const file of ['vmlinuz', 'initrd.img', 'cmdline.txt', 'perch.toml.example'])
    expect(boot).toContain(`::/${file}`);
  const data = `${image}?offset=${await partitionStart(image, 3)}`;
  expect(
    (await run('debugfs', ['-R', 'ls -p /', data])).stdout.match(/^\/\d+\/\d+\/\d+\/\d+\/(?!\.{1,2}\/|lost)/m),
  ).toBeNull();
});

test("Raspberry Pi Imager's entry says what is there", async () => {
  const { os_list: [entry] = [] } = JSON.parse(await readFile(`${name}.rpi-imager.json`, 'utf8')) as {
    os_list: Record<string, unknown>[];
  };
  const packed = await sha256(`${name}.img.xz`);
  expect(entry).toMatchObject({
    name: expect.stringMatching(/^Perch \d/),
    description: expect.any(String),
    icon: expect.stringMatching(/^(https?|file):/),
    url: expect.stringMatching(/\.img\.xz$/),
    extract_size: (await stat(image)).size,
    extract_sha256: await sha256(image),
    image_download_size: (await stat(`${name}.img.xz`)).size,
    image_download_sha256: packed,
    release_date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    // The kind of first-boot files that Perch reads (image/first-boot/imager.ts).
    init_format: 'cloudinit-rpi',
  });
  expect(await readFile(`${name}.img.xz.sha256`, 'utf8')).toBe(`${packed}  ${basename(name)}.img.xz\n`);
  // A card of 8 GB is the smallest that is sold; the download is what people wait for.
  expect((await stat(`${name}.img.xz`)).size).toBeLessThan(450e6);
});

test('the bill of materials names what is installed', async () => {
  const bom = JSON.parse(await readFile(`${name}.cdx.json`, 'utf8')) as {
    bomFormat: string;
    specVersion: string;
    components: { purl: string; version: string }[];
  };
  expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' });
  const purls = bom.components.map(({ purl }) => purl);
  for (const start of ['pkg:deb/debian/nodejs@', 'pkg:deb/debian/perch@', 'pkg:npm/fastify@'])
    expect(purls.filter((purl) => purl.startsWith(start))).toHaveLength(1);
  expect(new Set(purls).size).toBe(purls.length);
  expect(await readFile(`${name}.img.bmap`, 'utf8')).toContain('<BlocksCount>');
});

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

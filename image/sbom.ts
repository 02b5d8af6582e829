/**
 * What is in the image, as a CycloneDX 1.6 bill of materials: Debian's packages from dpkg's own
 * records, npm's from the lock file.
 * Called by build.sh with TREE LOCK NAME VERSION.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Component {
  readonly type: 'library' | 'application' | 'operating-system';
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly { readonly license: { readonly name: string } }[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

/** Installed packages in `var/lib/dpkg/status`. */
export function debianComponents(status: string): Component[] {
  return status
    .split(/\n\n+/)
    .map(
      (paragraph) =>
        new Map([...paragraph.matchAll(/^([\w-]+): (.*)$/gm)].map(([, key, value]) => [key ?? '', value ?? ''])),
    )
    .filter((fields) => fields.get('Status') === 'install ok installed')
    .map((fields) => {
      const [name, version, arch] = ['Package', 'Version', 'Architecture'].map((key) => fields.get(key) ?? '');
      return {
        type: 'library' as const,
        name: name ?? '',
        version: version ?? '',
        purl: `pkg:deb/debian/${name}@${encodeURIComponent(version ?? '')}?arch=${arch}&distro=debian-13`,
      };
    });
}

/** npm's packages of a lock file (version 3) that are in `installed`: asked for a folder, from the root. */
export function npmComponents(lock: string, installed: (path: string) => boolean): Component[] {
  const { packages } = JSON.parse(lock) as {
    packages: Record<string, { version?: string; license?: string; integrity?: string }>;
  };
  return Object.entries(packages)
    .filter(([path]) => path.startsWith('node_modules/') && installed(path))
    .map(([path, { version = '', license, integrity }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const sha512 = integrity?.startsWith('sha512-')
        ? Buffer.from(integrity.slice(7), 'base64').toString('hex')
        : undefined;
      return {
        type: 'library' as const,
        name,
        version,
        purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
        ...(license === undefined ? {} : { licenses: [{ license: { name: license } }] }),
        ...(sha512 === undefined ? {} : { hashes: [{ alg: 'SHA-512', content: sha512 }] }),
      };
    });
}

/** The whole document. Its serial number follows from what is in it, so that two equal builds write the same. */
export function billOfMaterials(name: string, version: string, time: Date, components: readonly Component[]): string {
  // npm may have one package in several folders; a document names each once.
  const once = [...new Map(components.map((component) => [component.purl, component])).values()];
  const sorted = once.sort((a, b) => (a.purl < b.purl ? -1 : 1));
  const id = createHash('sha256')
    .update(JSON.stringify([name, version, sorted]))
    .digest('hex');
  return `${JSON.stringify(
    {
      $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      serialNumber: `urn:uuid:${id.slice(0, 8)}-${id.slice(8, 12)}-5${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20, 32)}`,
      version: 1,
      metadata: { timestamp: time.toISOString(), component: { type: 'operating-system', name, version } },
      components: sorted.map((component) => ({ 'bom-ref': component.purl, ...component })),
    },
    null,
    1,
  )}\n`;
}

const [tree, lock, name, version] = process.argv.slice(2);
if (tree !== undefined && lock !== undefined && name !== undefined && version !== undefined) {
  const app = join(tree, 'usr/lib/perch');
  const folders = readdirSync(join(app, 'node_modules'), { recursive: true, encoding: 'utf8' });
  const { inside } = JSON.parse(readFileSync(join(app, 'dist/packages.json'), 'utf8')) as { inside: string[] };
  const installed = new Set([
    ...inside,
    ...folders.filter((path) => path.endsWith('/package.json')).map((path) => `node_modules/${dirname(path)}`),
  ]);
  const components = [
    ...debianComponents(readFileSync(join(tree, 'var/lib/dpkg/status'), 'utf8')),
    ...npmComponents(readFileSync(lock, 'utf8'), (path) => installed.has(path)),
  ];
  const epoch = Number(process.env.SOURCE_DATE_EPOCH ?? Date.now() / 1000);
  process.stdout.write(billOfMaterials(name, version, new Date(epoch * 1000), components));
}

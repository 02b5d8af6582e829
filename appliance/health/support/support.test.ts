import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Auth } from '../../auth/auth.ts';
import { makeKey } from '../../auth/keys.ts';
import { loadConfig } from '../../config.ts';
import { createLog, newestLines } from '../../log.ts';
import { supportBundle } from './bundle.ts';
import { scrubbed } from './scrub.ts';
import { tarGz } from './tar.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'perch-support-'));
  ends.push(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** What a person sees who unpacks it with tar. */
async function unpacked(bundle: Buffer): Promise<string> {
  const at = await folder();
  await writeFile(join(at, 'bundle.tar.gz'), bundle);
  await mkdir(join(at, 'out'));
  execFileSync('tar', ['--extract', '--gzip', '--file', join(at, 'bundle.tar.gz'), '--directory', join(at, 'out')]);
  return execFileSync('grep', ['-r', '', join(at, 'out')], { encoding: 'utf8' });
}

describe('The archive', () => {
  it('is one that tar unpacks, with every byte', async () => {
    const texts = { empty: '', short: 'ü\n', block: 'x'.repeat(512), long: 'line\n'.repeat(5000) };
    const at = await folder();
    const files = Object.entries(texts).map(([name, text]) => ({ name: `bundle/${name}.txt`, text }));
    await writeFile(join(at, 'a.tar.gz'), tarGz(files, Date.UTC(2026, 10, 28)));
    execFileSync('tar', ['-xzf', join(at, 'a.tar.gz'), '-C', at]);
    for (const [name, text] of Object.entries(texts)) {
      expect(await readFile(join(at, 'bundle', `${name}.txt`), 'utf8')).toBe(text);
    }
  });
});

describe('Secrets', () => {
  const { key } = makeKey('pi_');

  it.each([
    ['psk=hunter2hunter2', 'hunter2hunter2'],
    ['  psk="a b c; d"', 'a b c; d'],
    ['{"password":"se\\"cret","x":1}', 'cret'],
    ['{"adminPassword": "opensesame"}', 'opensesame'],
    ['admin_password = "opensesame"', 'opensesame'],
    ['PERCH_RELAY_KEY=whatever-it-is', 'whatever-it-is'],
    ['wifi.psk: opensesame', 'opensesame'],
    ['802-11-wireless-security.psk:opensesame', 'opensesame'],
    [`the key ${key} was refused`, key.split('.')[1] ?? ''],
    [`perch_session=${makeKey('').key}`, 'perch_session=0'],
    ['Cookie: a=b; perch_session=opensesame', 'opensesame'],
    ['"authorization":"Bearer opensesame"', 'opensesame'],
    ['GET /x?token=opensesame&y=1', 'opensesame'],
    ['rtsp://admin:opensesame@10.0.0.2/live', 'opensesame'],
    ['{\\"passphrase\\":\\"opensesame\\"}', 'opensesame'],
    ['-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----', 'MIGHAgEA'],
    ['<tls-auth>\n-----BEGIN OpenVPN Static key V1-----\n6acef03f\n-----END', '6acef03f'],
    ['nmcli device wifi connect home password opensesame', 'opensesame'],
    ['{"key":{"password":{"salt":"b3BlbnNlc2FtZQ"}}}', 'b3BlbnNlc2FtZQ'],
    ['{"salt":"c2FsdA==","hash":"aGFzaA=="}', 'aGFzaA'],
    [`sha256 ${'0123456789abcdef'.repeat(4)}`, '0123456789abcdef'],
  ])('are taken out of %j', (text, secret) => {
    expect(text).toContain(secret.replace('perch_session=0', 'perch_session='));
    expect(scrubbed(text, [])).not.toContain(secret);
  });

  it('of the configuration are taken out wherever they stand, in whatever form', () => {
    const secret = 'cor"rect horse/ü';
    const forms = [secret, JSON.stringify(secret), encodeURIComponent(secret)].join('\n');
    expect(scrubbed(`He typed ${forms}.`, [secret])).not.toMatch(/horse/);
  });

  it.each([
    '{"fps":30,"width":1280}',
    'The picture is live. 29.9 fps',
    '2026-11-28T14:02:11Z door: restarted, it was unplugged',
    'key frame asked for',
  ])('are not seen in %j', (text) => expect(scrubbed(text, [])).toBe(text));
});

describe('The support bundle', () => {
  it('holds what helps and no secret of any kind', async () => {
    const data = await folder();
    const nowhere = openSync('/dev/null', 'w');
    ends.push(() => closeSync(nowhere));
    const log = createLog('info', nowhere);
    const relayKey = makeKey('pi_').key;
    const planted = {
      admin: 'correct horse battery',
      relayKey,
      relaySecret: relayKey.split('.')[1] ?? '',
      wifi: 'not-so-secret-psk',
    };
    const auth = await Auth.open({ path: join(data, 'auth.json'), log, adminPassword: planted.admin });
    ends.push(() => auth.close());
    const session = await auth.login(planted.admin, '127.0.0.1');
    const { token } = await auth.createToken('garage');
    const kept = await readFile(join(data, 'auth.json'), 'utf8');
    const config = loadConfig({
      PERCH_CONFIG: '',
      PERCH_DATA: data,
      PERCH_ADMIN_PASSWORD: planted.admin,
      PERCH_RELAY_URL: 'wss://relay.example:8001',
      PERCH_RELAY_KEY: relayKey,
      PERCH_MEDIAMTX_RTSP: 'rtsp://publisher:let-me-publish@127.0.0.1:8554',
    });
    log.info({ url: `/api/x?token=${token}`, cookie: session }, `somebody sent ${planted.admin}`);
    log.warn({ profile: { psk: planted.wifi } }, `nmcli connection modify home wifi-sec.psk ${planted.wifi}`);
    const text = await unpacked(
      await supportBundle({
        config,
        findings: async () => [
          { id: 'under_voltage', severity: 'wrong', since: Date.now(), what: 'Under-voltage', advice: 'Use another.' },
        ],
        log: newestLines,
        documents: {
          'cameras.json': () => [{ name: 'door', state: 'live' }],
          'auth.json': () => kept,
          'audit.json': () => [{ who: 'page', changes: { key: ['a', `psk=${planted.wifi}`] } }],
          'broken.json': () => {
            throw new Error('it is gone');
          },
        },
      }),
    );
    expect(text).toContain('findings.txt:Under-voltage: use another.');
    expect(text).toMatch(/cameras\.json: +"name": "door"/);
    expect(text).toMatch(/broken\.json:This could not be read: Error: it is gone/);
    expect(text).toMatch(
      /configuration\.json: +"relay_key": "\(removed\)"|configuration\.json: +"relay_key": "\(set\)"/,
    );
    expect(text).toContain('wss://relay.example:8001');
    expect(text).toContain('somebody sent (removed)');
    // What was JSON still is.
    expect(text).toMatch(/"url":"\/api\/x\?token=\(removed\)","cookie":"\(removed\)"/);
    for (const secret of [...Object.values(planted), session, token, 'let-me-publish']) {
      expect(text).not.toContain(secret);
    }
    // Neither what was kept of them: hashes and salts of the password, sessions and tokens.
    const hashes = [...kept.matchAll(/"(?:hash|salt|key)":"([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(hashes.length).toBeGreaterThanOrEqual(3);
    for (const hash of hashes) expect(text).not.toContain(hash);
  });
});

/** The VPN of the profile on the card. Its other end stands in the machine too, in a network space of its own: an office far away. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeCertificate } from '../../../appliance/e2e/openvpn.ts';
import { until } from '../until.ts';
import type { Place } from './place.ts';

const office = '203.0.113.2';
/** The first that the server gives out. */
const address = '10.8.0.2';

export interface Vpn {
  /** The file for the card, with everything inside. */
  readonly profile: string;
  /** The configuration of the other end. */
  readonly server: string;
}

/** @param folder for keys */
export async function makeVpn(folder: string): Promise<Vpn> {
  const [server, client] = await Promise.all([makeCertificate(folder, 'server'), makeCertificate(folder, 'client')]);
  const end = async (name: string, peer: string) => `dev-type tun
proto udp4
peer-fingerprint ${peer}
<cert>
${(await readFile(join(folder, `${name}.pem`), 'utf8')).trim()}
</cert>
<key>
${(await readFile(join(folder, `${name}.key`), 'utf8')).trim()}
</key>
`;
  return {
    profile: `client
dev vpn
nobind
remote ${office} 1194
connect-retry 1 5
${await end('client', server)}`,
    server: `tls-server
dev office
topology subnet
server 10.8.0.0 255.255.255.0
keepalive 10 60
dh none
${await end('server', client)}`,
  };
}

export function vpn(at: Place): void {
  const root = (script: string) => at.machine.root(script);

  test('the VPN of the card is dialled until it stands, and the page is reached through it', async () => {
    // Said when it has lasted a minute.
    await until(
      'health says that the VPN is down',
      async () =>
        (await at.visitor.json<{ findings: { id: string }[] }>('/api/health')).findings.some(
          ({ id }) => id === 'vpn_down',
        ),
      120,
    );
    await root(`
      ip netns add office
      ip link add office type veth peer name wan netns office
      ip addr add 203.0.113.1/24 dev office
      ip link set office up
      ip -n office addr add ${office}/24 dev wan
      ip -n office link set wan up
      echo ${Buffer.from(at.vpn.server).toString('base64')} | base64 -d >/run/office.conf
      ip netns exec office openvpn --daemon --writepid /run/office.pid --config /run/office.conf`);
    await until(
      'the tunnel stands',
      async () => (await at.visitor.json<{ vpn?: { address: string } }>('/api/network')).vpn?.address === address,
      120,
    );
    const ask = `require("http").get("http://${address}/healthz", ({ statusCode }) => console.log(statusCode))`;
    expect(await root(`ip netns exec office node -e "${ask.replaceAll('"', '\\"')}"`)).toBe('200\n');
    // The office is closed for the night.
    await root('kill $(cat /run/office.pid); ip netns del office; systemctl stop openvpn-client@perch');
  });
}

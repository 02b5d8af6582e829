/** Hotspot and home network, on three simulated radios: the camera's, a phone's, and that of the access point at home. */
import { expect, test } from 'vitest';
import { until } from '../until.ts';
import type { Place } from './place.ts';

interface NetworkStatus {
  readonly state: string;
  readonly ssid?: string;
  readonly networks: readonly { readonly ssid: string }[];
  readonly known: readonly string[];
  readonly hotspot?: { readonly ssid: string; readonly password: string; readonly address: string };
  readonly trial?: { readonly state: string; readonly message: string };
}

const right = 'the right one';

/** A network file of wpa_supplicant. */
const wpa = (ssid: string, psk: string, more = '') =>
  `network={\\n ssid=\\"${ssid}\\"\\n psk=\\"${psk}\\"\\n key_mgmt=WPA-PSK\\n ${more}\\n}\\n`;

/** A phone and an access point stand in network spaces of their own: what passes between them and the camera, passes by radio. */
const radios = `
  modprobe mac80211_hwsim radios=3
  for name in phone home; do ip netns add $name; ip -n $name link set lo up; done
  until iw dev wlan2 info >/dev/null 2>&1; do sleep 0.5; done
  iw phy phy1 set netns name phone
  iw phy phy2 set netns name home
  printf "${wpa('Home', right, 'mode=2\\n frequency=2412')}" >/run/home.conf
  ip netns exec home wpa_supplicant -B -i wlan2 -c /run/home.conf
  ip -n home addr add 192.168.50.1/24 dev wlan2
  ip netns exec home dnsmasq --conf-file=/dev/null --interface=wlan2 --bind-interfaces --port=0 \\
    --dhcp-range=192.168.50.10,192.168.50.50 --dhcp-leasefile=/run/home.leases --pid-file=/run/home.pid`;

export function wifi(at: Place): void {
  const status = () => at.visitor.json<NetworkStatus>('/api/network');
  const root = (script: string) => at.machine.root(script);
  const join = (password: string) => at.visitor.send('/api/network/join', 'POST', { ssid: 'Home', password });

  /** The phone joins the hotspot, as a phone does; then asks whether there is an internet behind it. Gives what it is told. */
  const phone = async ({ ssid, password, address }: { ssid: string; password: string; address: string }) => {
    await root(`
      pkill -F /run/phone.pid || true
      printf "${wpa(ssid, password)}" >/run/phone.conf
      ip netns exec phone wpa_supplicant -B -P /run/phone.pid -i wlan1 -c /run/phone.conf
      ip -n phone addr flush dev wlan1
      ip netns exec phone timeout 180 /usr/lib/klibc/bin/ipconfig -t 170 -c dhcp wlan1`);
    const ask = `require("http").get({ host: "${address}", path: "/generate_204", headers: { host: "connectivitycheck.gstatic.com" } },
      ({ statusCode, headers }) => console.log(statusCode, headers.location))`;
    return (await root(`ip netns exec phone node -e "${ask.replaceAll('"', '\\"')}"`)).trim();
  };

  test('a wrong password leads back to the hotspot, whose page a phone is shown; the right one into the network', async () => {
    await root(radios);
    await until('the radio is found', async () => (await status()).hotspot !== undefined, 120);
    await until(
      'the network at home is in reach',
      async () => {
        await at.visitor.send('/api/network/scan', 'POST', {});
        return (await status()).networks.some(({ ssid }) => ssid === 'Home');
      },
      120,
    );
    expect((await at.visitor.send('/api/network/hotspot', 'PUT', { on: true })).status).toBe(200);
    const { state, hotspot } = await status();
    expect(state).toBe('hotspot');
    if (!hotspot) throw new Error('there is no hotspot');
    expect(hotspot.ssid).toMatch(/^Perch-[0-9A-F]{4}$/);

    expect((await join('the wrong one')).status).toBe(202);
    const refused = await until(
      'the wrong password is refused',
      async () => {
        const { trial } = await status();
        return trial?.state === 'failed' ? trial : undefined;
      },
      180,
    );
    expect(refused.message).toMatch(/password/i);
    await until('the hotspot is back', async () => (await status()).state === 'hotspot', 120);
    expect(await phone(hotspot)).toBe(`302 http://${hotspot.address}/`);

    expect((await join(right)).status).toBe(202);
    await until('it is in the network', async () => (await status()).state === 'wifi', 180);
    expect(await status()).toMatchObject({ ssid: 'Home', known: ['Home'], trial: { state: 'joined' } });
    expect(await at.machine.shell('ip -4 addr show wlan0')).toContain('inet 192.168.50.');
    expect(await at.machine.shell('nmcli --terse --fields NAME connection')).not.toContain('perch-trial');
  });
}

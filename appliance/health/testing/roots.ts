/**
 * Folders that look like the /sys, /proc, /run and /etc of real machines. Written by the tests, since a name such as
 * `soc:firmware` cannot lie in a checkout on Windows, where the relay runs.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export type Files = Readonly<Record<string, string>>;

const common: Files = {
  'proc/loadavg': '0.52 0.41 0.30 2/213 1874\n',
  'proc/stat':
    'cpu  10000 0 2000 80000 500 0 100 0 0 0\ncpu0 2500 0 500 20000 125 0 25 0 0 0\nintr 1 2 3\nctxt 12345\nbtime 1790000000\n',
  'proc/uptime': '5025.12 18500.80\n',
  'proc/net/wireless':
    'Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE\n face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22\n',
  'sys/class/net/lo/operstate': 'unknown\n',
  'sys/class/net/lo/flags': '0x9\n',
};

const wlan0: Files = {
  'sys/class/net/wlan0/operstate': 'up\n',
  'sys/class/net/wlan0/flags': '0x1003\n',
  'sys/class/net/wlan0/uevent': 'DEVTYPE=wlan\nINTERFACE=wlan0\nIFINDEX=3\n',
  'sys/class/net/wlan0/phy80211/index': '0\n',
  'sys/class/net/wlan0/device/uevent': 'DRIVER=brcmfmac\n',
};

/** A Raspberry Pi 4 on a cable, with a VPN by OpenVPN, Wi-Fi off. */
export const pi4: Files = {
  ...common,
  ...wlan0,
  'sys/class/net/wlan0/operstate': 'down\n',
  'sys/class/net/eth0/operstate': 'up\n',
  'sys/class/net/eth0/flags': '0x1003\n',
  'sys/class/net/eth0/uevent': 'INTERFACE=eth0\nIFINDEX=2\n',
  'sys/class/net/eth0/device/uevent': 'DRIVER=bcmgenet\n',
  'sys/class/net/tun0/operstate': 'unknown\n',
  'sys/class/net/tun0/flags': '0x1091\n',
  'sys/class/net/tun0/tun_flags': '0x1001\n',
  'sys/class/net/tun0/uevent': 'INTERFACE=tun0\nIFINDEX=4\n',
  'etc/systemd/system/multi-user.target.wants/openvpn-client@perch.service': '[Service]\n',
  'proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.5\0',
  'proc/meminfo': 'MemTotal:        3884360 kB\nMemFree:         2641004 kB\nMemAvailable:    3297180 kB\n',
  'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  'sys/class/thermal/thermal_zone0/temp': '61343\n',
  'sys/devices/platform/soc/soc:firmware/get_throttled': '0\n',
  'sys/block/mmcblk0/device/type': 'SD\n',
  'run/systemd/timesync/synchronized': '',
};

/** A Zero 2 W on Wi-Fi and a weak supply, whose clock has not been set. */
export const zero2: Files = {
  ...common,
  ...wlan0,
  'proc/net/wireless': `${common['proc/net/wireless']} wlan0: 0000   34.  -76.  -256        0      0      0     12      0        0\n`,
  'proc/device-tree/model': 'Raspberry Pi Zero 2 W Rev 1.0\0',
  'proc/meminfo': 'MemTotal:         436420 kB\nMemFree:           38200 kB\nMemAvailable:     120544 kB\n',
  'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  'sys/class/thermal/thermal_zone0/temp': '78900\n',
  'sys/devices/platform/soc/soc:firmware/get_throttled': '50005\n',
  'run/systemd/timesync/clock': '',
};

/** A laptop on Wi-Fi: several thermal zones, no firmware that tells of its power, another keeper of the time. */
export const laptop: Files = {
  ...common,
  ...wlan0,
  'proc/net/wireless': `${common['proc/net/wireless']} wlan0: 0000   61.  -49.  -256        0      0      0      3      0        0\n`,
  'proc/meminfo': 'MemTotal:       16250292 kB\nMemFree:         1002004 kB\nMemAvailable:    9297180 kB\n',
  'sys/class/thermal/thermal_zone0/type': 'acpitz\n',
  'sys/class/thermal/thermal_zone0/temp': '27800\n',
  'sys/class/thermal/thermal_zone1/type': 'x86_pkg_temp\n',
  'sys/class/thermal/thermal_zone1/temp': '54000\n',
  'sys/class/net/docker0/operstate': 'up\n',
  'sys/class/net/docker0/flags': '0x1003\n',
  'sys/class/net/docker0/uevent': 'DEVTYPE=bridge\n',
};

/** A container: nothing but /proc. */
export const container: Files = { ...common, 'proc/meminfo': pi4['proc/meminfo'] ?? '' };

/** Writes such a machine into a folder of its own; `change` puts other contents, `remove` takes the folder away. */
export async function rootWith(files: Files) {
  const root = await mkdtemp(join(tmpdir(), 'perch-machine-'));
  const change = async (changed: Files): Promise<void> => {
    for (const [path, content] of Object.entries(changed)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
  };
  await change(files);
  return { root, change, remove: () => rm(root, { recursive: true, force: true }) };
}

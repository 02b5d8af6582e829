import { describe, expect, it } from 'vitest';
import { countryOfCommandLine, readNetworkConfig, readUserData } from './imager.ts';

/** As Raspberry Pi Imager 2 writes it, key by key. */
const userData = `#cloud-config
manage_resolv_conf: false

hostname: garden
manage_etc_hosts: true
packages:
- avahi-daemon

apt:
  preserve_sources_list: true
  conf: |
    Acquire {
      Check-Date "false";
    };

timezone: Europe/London
keyboard:
  model: pc105
  layout: "gb"
users:
- name: anna
  groups: users,adm,dialout,audio,netdev,video,plugdev,cdrom,games,input,gpio,spi,i2c,render,sudo
  shell: /bin/bash
  lock_passwd: false
  passwd: "$5$cAbn0qZ3$IaYq8u5Zgy1aM6jEqJ9L0hUC9tEONhvYp2RyEYeQhM2"
  ssh_authorized_keys:
    - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKr9 anna@laptop
  sudo: ALL=(ALL) NOPASSWD:ALL

enable_ssh: true
ssh_pwauth: false
`;

const networkConfig = `network:
  version: 2
  ethernets:
    eth0:
      dhcp4: true
      dhcp6: true
      optional: true
  wifis:
    wlan0:
      dhcp4: true
      regulatory-domain: "GB"
      access-points:
        "caf\\u00e9 \\"one\\"":
          hidden: true
          password: "${'0123456789abcdef'.repeat(4)}"
      optional: true
`;

describe("Imager's user-data", () => {
  it('is taken over', () => {
    const { wanted, mistakes } = readUserData('user-data', userData);
    expect(mistakes).toEqual([]);
    expect(wanted).toMatchObject({
      hostname: 'garden',
      timezone: 'Europe/London',
      ssh: true,
      sshPasswords: false,
      logins: [
        {
          name: 'anna',
          passwordHash: expect.stringMatching(/^\$5\$/),
          sshKeys: [expect.stringContaining('anna@laptop')],
          sudoWithoutPassword: true,
        },
      ],
    });
  });

  it('names what it does not take over', () => {
    expect(readUserData('user-data', 'runcmd:\n- [ls]\n').mistakes[0]?.text).toMatch(/"runcmd" is not taken over/);
    expect(readUserData('user-data', 'users:\n- name: root\n').mistakes[0]?.text).toMatch(/a user is named "root"/);
  });

  it.each([
    '',
    'hostname: [',
    '%',
    '- a\n- b',
    'users: 7',
    'users:\n- 7\n- null',
    'hostname: {a: b}',
    '\0',
    'a: &a [*a]',
    'a: &a [1]\nb: *a',
  ])('survives %j', (text) => {
    expect(() => readUserData('user-data', text)).not.toThrow();
    expect(() => readNetworkConfig('network-config', text)).not.toThrow();
  });

  it('names the line', () => {
    expect(readUserData('user-data', 'hostname: a\ntimezone: "b\n').mistakes[0]).toMatchObject({
      line: expect.any(Number),
    });
  });
});

describe("Imager's network-config", () => {
  it('is taken over', () => {
    const { wanted, mistakes } = readNetworkConfig('network-config', networkConfig);
    expect(mistakes).toEqual([]);
    expect(wanted.country).toBe('GB');
    expect(wanted.wifi).toEqual([{ ssid: 'café "one"', password: '0123456789abcdef'.repeat(4), hidden: true }]);
  });

  it('names what is wrong', () => {
    const text =
      'wifis:\n  wlan0:\n    access-points:\n      home:\n        password: "short"\nethernets:\n  eth0:\n    addresses: [10.0.0.2/8]\n';
    const { wanted, mistakes } = readNetworkConfig('network-config', text);
    expect(wanted.wifi).toEqual([]);
    expect(mistakes.map((each) => each.text).join(' ')).toMatch(/has 5 characters.*fixed address of eth0/);
  });
});

it('finds the country on the command line', () => {
  expect(countryOfCommandLine('quiet cfg80211.ieee80211_regdom=DE rootwait\n')).toBe('DE');
  expect(countryOfCommandLine('quiet')).toBeUndefined();
});

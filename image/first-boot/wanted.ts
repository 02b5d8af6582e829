/** What somebody asked for by files on the boot partition, whoever wrote them. */

/** Something that could not be understood or done; `line` counts from 1 where there is one. */
export interface Mistake {
  readonly file: string;
  readonly line?: number | undefined;
  /** What is wrong, what is allowed, what to do. */
  readonly text: string;
}

export interface Wifi {
  readonly ssid: string;
  /** 8 to 63 characters, or the 64 hexadecimal digits of a ready key. Absent: an open network. */
  readonly password?: string | undefined;
  readonly hidden: boolean;
}

export interface Login {
  readonly name: string;
  /** As crypt(3) makes it; `$5$…`, `$6$…`, `$y$…`. */
  readonly passwordHash?: string | undefined;
  readonly password?: string | undefined;
  readonly sshKeys: readonly string[];
  /** May `sudo` without a password: Raspberry Pi Imager asks for it when only keys are used. */
  readonly sudoWithoutPassword: boolean;
}

export interface Wanted {
  readonly hostname?: string | undefined;
  readonly timezone?: string | undefined;
  /** Two capital letters: which Wi-Fi channels are allowed. */
  readonly country?: string | undefined;
  readonly wifi: readonly Wifi[];
  readonly logins: readonly Login[];
  readonly ssh?: boolean | undefined;
  readonly sshPasswords?: boolean | undefined;
  /** The page's password. */
  readonly password?: string | undefined;
  /** Name of an OpenVPN profile on the boot partition. */
  readonly vpn?: string | undefined;
  /** Keys of /etc/perch/perch.toml. */
  readonly config: Readonly<Record<string, string | number | boolean>>;
}

export const nothing: Wanted = { wifi: [], logins: [], config: {} };

/** Both together; where both speak, the later one counts. */
export function together(first: Wanted, second: Wanted): Wanted {
  const given = Object.fromEntries(Object.entries(second).filter(([, value]) => value !== undefined));
  const names = new Set(second.logins.map((login) => login.name));
  const ssids = new Set(second.wifi.map((wifi) => wifi.ssid));
  return {
    ...first,
    ...given,
    wifi: [...first.wifi.filter((wifi) => !ssids.has(wifi.ssid)), ...second.wifi],
    logins: [...first.logins.filter((login) => !names.has(login.name)), ...second.logins],
    config: { ...first.config, ...second.config },
  };
}

/** A name for the network, of what a person calls the camera: "Garden camera" is `garden-camera`. Empty when nothing is left. */
export function hostnameOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '');
}

/** A user's name as Debian's useradd takes it. */
export const loginName = /^[a-z_][a-z0-9_-]{0,31}$/;
export const sshKey = /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp\d+|sk-\S+) [A-Za-z0-9+/=]+( .*)?$/;
export const countryCode = /^[A-Z]{2}$/;

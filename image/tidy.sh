#!/bin/sh
# Makes a root file system nobody's: no keys, no ids, no logs, no trace of the machine that built it.
#   image/tidy.sh TREE
set -eu
tree=$1
rm -rf "$tree"/var/cache/apt/* "$tree"/var/lib/apt/lists/* "$tree"/var/log/* "$tree"/var/cache/debconf/* "$tree"/var/lib/dpkg/*-old "$tree"/tmp/* "$tree"/run/* \
  "$tree"/etc/ssh/ssh_host_* "$tree"/var/lib/dbus/machine-id "$tree"/etc/*- "$tree"/etc/resolv.conf "$tree"/root/.[a-z]* "$tree"/var/lib/systemd/random-seed \
  "$tree"/var/lib/systemd/credential.secret "$tree"/usr/lib/*/gstreamer1.0/*/*.bin "$tree"/etc/apt/sources.list.d/* "$tree"/etc/apt/sources.list \
  "$tree"/etc/apt/apt.conf.d/*mmdebstrap* "$tree"/etc/dpkg/dpkg.cfg.d/*mmdebstrap* "$tree"/var/cache/ldconfig/aux-cache
# Empty: systemd makes one at the first start, and it lasts, on the data partition.
: >"$tree/etc/machine-id"
ln -sf /etc/machine-id "$tree/var/lib/dbus/machine-id"
echo perch >"$tree/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n127.0.1.1 perch\n' >"$tree/etc/hosts"
ln -s /run/NetworkManager/resolv.conf "$tree/etc/resolv.conf"
cat >"$tree/etc/apt/sources.list.d/debian.sources" <<'SOURCES'
Types: deb
URIs: http://deb.debian.org/debian
Suites: trixie trixie-updates trixie-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://deb.debian.org/debian-security
Suites: trixie-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
# Nobody logs in with a password that the image brought: there is none.
chroot "$tree" passwd --quiet --lock root
for secret in "$tree"/etc/shadow "$tree"/etc/gshadow; do
  if cut -d: -f2 "$secret" | grep -q '^\$'; then echo "perch: $secret holds a password." >&2; exit 1; fi
done
# Connections hold passwords; NetworkManager wants the folder for itself.
chmod 700 "$tree/etc/NetworkManager/system-connections"
chown -R 0:0 "$tree/etc/systemd" "$tree/etc/NetworkManager" "$tree/etc/avahi"

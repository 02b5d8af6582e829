#!/bin/sh
# make install: Perch on this Raspberry Pi OS or Debian as on the image, by the package that make deb made.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
sudo=''
[ "$(id -u)" = 0 ] || sudo=sudo
deb=$(ls -t "$root"/image/out/perch_*_"$(dpkg --print-architecture)".deb | head -n 1)
# apt reads it as its own user, which may not look into a home.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
chmod 755 "$copy"
cp "$deb" "$copy/"
chmod 644 "$copy"/*.deb
echo "perch: installing $(basename "$deb") and what it needs"
# The version that is installed may be the same: it is replaced all the same.
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --reinstall --allow-downgrades "$copy/$(basename "$deb")"
address=$(hostname -I 2>/dev/null | cut -d' ' -f1)
if [ -d /run/systemd/system ]; then
  echo "perch: it runs, and starts with the machine: http://${address:-localhost} (or http://$(hostname).local)"
  echo '       The first visitor chooses the password. How it is: systemctl status perch'
else
  echo 'perch: installed. There is no systemd here that would run it: perch serve'
fi

#!/bin/sh
# make bundle: an update that devices take in, signed. What is in it is what is in the package.
#   PERCH_SIGN_KEY=FILE image/bundle.sh arm64|amd64 <folder for it>
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
arch=$1
out=$2
case $arch in amd64) cpu=x64 ;; *) cpu=$arch ;; esac
if [ -z "${PERCH_SIGN_KEY:-}" ]; then
  echo 'perch: PERCH_SIGN_KEY names no key. Make a pair once: node dist/bundle.js keygen FILE (docs/updates.md)' >&2
  exit 1
fi
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
"$here/deb.sh" "$arch" "$work" >/dev/null
dpkg-deb --extract "$work"/perch_*_"$arch".deb "$work/root"
version=$(sed -n 's/^  "version": "\(.*\)",/\1/p' "$root/package.json")
node "$root/dist/bundle.js" make "$work/root/usr/lib/perch" "$cpu" "$PERCH_SIGN_KEY" "$out/perch-$version-$cpu.perch"

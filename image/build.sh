#!/bin/sh
# make image: writes the flashable image and what belongs to it to image/out/.
#   BASE=debian|raspberrypi image/build.sh
# Needs no loop device and mounts nothing of the image; needs root for the owners of its files.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
BASE=${BASE:-debian}
out=${OUT:-$here/out}
cache=$here/cache
started=$(date +%s)
say() { printf 'perch: [%3d s] %s\n' "$(($(date +%s) - started))" "$*"; }
fail() { printf 'perch: %s\n' "$*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail 'making an image needs root, for the owners of its files: sudo make image'
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
mkdir -p "$cache" "$out"
work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
tree=$work/root
# shellcheck source=base/debian.sh
. "$here/base/$BASE.sh"

say "base: $BASE ($base_about)"
"$here/rootfs.sh" "$BASE" >"$work/rootfs.path"
rootfs=$(tail -n 1 "$work/rootfs.path")

say 'packing the program'
"$here/deb.sh" arm64 "$out"
deb=$(ls -t "$out"/perch_*_arm64.deb | head -n 1)
version=$(dpkg-deb --field "$deb" Version)
name=perch-$version-$BASE

say 'laying out the root file system'
mkdir "$tree"
zstd -q -d -c "$rootfs" | tar -C "$tree" --numeric-owner --xattrs --xattrs-include='*' -x
unshare --mount sh -ec '
  mount -t tmpfs tmpfs "$1/tmp"; mount -t tmpfs tmpfs "$1/run"; mount -t proc proc "$1/proc"
  cp "$2" "$1/tmp/perch.deb"
  chroot "$1" env DEBIAN_FRONTEND=noninteractive dpkg --force-confold --no-triggers -i /tmp/perch.deb >"$3" 2>&1 || { cat "$3" >&2; exit 1; }
' sh "$tree" "$deb" "$work/dpkg.log"
cp -r "$here/rootfs/." "$tree/"
# On a machine of its own the Wi-Fi is Perch's to use; with the package alone it is not.
echo 'manage_wifi = true' >>"$tree/etc/perch/perch.toml"
[ "$BASE" != raspberrypi ] || . "$here/base/mediamtx.sh"
chmod 755 "$tree/etc" "$tree"
mkdir -p "$tree/data" "$tree/boot/firmware"
"$here/tidy.sh" "$tree" "$deb"
unshare --mount sh -ec 'mount -t tmpfs tmpfs "$1/run"; mount -t proc proc "$1/proc"; chroot "$1" systemctl --quiet preset-all 2>"$2" || { cat "$2" >&2; exit 1; }' sh "$tree" "$work/preset.log"

say 'filling the boot partition'
mkdir "$work/boot"
base_boot "$tree" "$work/boot"
cp "$here/first-boot/perch.toml.example" "$work/boot/"
# Kernel and initramfs are read from there.
rm -rf "$tree/boot/firmware" "$tree"/boot/initrd.img-* "$tree"/boot/vmlinuz-* "$tree"/vmlinuz* "$tree"/initrd.img*
mkdir -p "$tree/boot/firmware"
# What systemd makes anew after an update of /usr (ldconfig, for half a minute) was made with the packages.
touch "$tree/etc/.updated" "$tree/var/.updated"
find "$tree" "$work/boot" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

say 'writing the image'
mib() { du -sm --apparent-size "$1" | cut -f1; }
# The root is never written: room only for what file systems need themselves.
root_mib=$(($(du -sm "$tree" | cut -f1) * 108 / 100 + 24))
boot_mib=$(($(mib "$work/boot") + 64))
[ "$BASE" = raspberrypi ] && boot_mib=512
sed -e "s/@ROOT_SIZE@/${root_mib}M/; s/@BOOT_SIZE@/${boot_mib}M/; s/@DATA_SIZE@/128M/; s/@TIMESTAMP@/$SOURCE_DATE_EPOCH/" "$here/genimage.cfg" >"$work/genimage.cfg"
# genimage takes what lies at a partition's mount point for that partition.
cp -r "$work/boot/." "$tree/boot/firmware/"
find "$tree/boot/firmware" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH genimage --rootpath "$tree" --tmppath "$work/tmp" --inputpath "$work/in" --outputpath "$work/out" --config "$work/genimage.cfg" >"$work/genimage.log" 2>&1 \
  || { tail -n 30 "$work/genimage.log" >&2; fail 'genimage failed'; }
image=$work/out/perch.img

say 'describing it: packages, blocks, checksums'
(cd "$root" && npx esbuild "$here/sbom.ts" --platform=node --format=esm --log-level=error --outfile="$work/sbom.mjs")
node "$work/sbom.mjs" "$tree" "$root/package-lock.json" "$name" "$version" >"$out/$name.cdx.json"
bmaptool create -o "$out/$name.img.bmap" "$image" 2>/dev/null
extract_sha=$(sha256sum "$image" | cut -d' ' -f1)
extract_size=$(stat -c %s "$image")
say "compressing $((extract_size / 1048576)) MiB"
xz -T0 -${XZ_LEVEL:-6} -c "$image" >"$out/$name.img.xz.new"
mv "$out/$name.img.xz.new" "$out/$name.img.xz"
# The boot test starts this one.
mv "$image" "$out/$name.img"
(cd "$out" && sha256sum "$name.img.xz" >"$name.img.xz.sha256")
cat >"$out/$name.rpi-imager.json" <<JSON
{
  "os_list": [
    {
      "name": "Perch $version",
      "description": "A camera on your phone within a second: $base_about",
      "icon": "${IMAGER_ICON:-https://perch.local/icon.svg}",
      "url": "${IMAGER_URL:-file://$out/$name.img.xz}",
      "extract_size": $extract_size,
      "extract_sha256": "$extract_sha",
      "image_download_size": $(stat -c %s "$out/$name.img.xz"),
      "image_download_sha256": "$(cut -d' ' -f1 "$out/$name.img.xz.sha256")",
      "release_date": "$(date --utc --date="@$SOURCE_DATE_EPOCH" +%F)",
      "init_format": "cloudinit-rpi",
      "architecture": "armv8",
      "devices": ["pi5-64bit", "pi4-64bit", "pi3-64bit"],
      "capabilities": []
    }
  ]
}
JSON
say "done: $out/$name.img.xz, $(($(stat -c %s "$out/$name.img.xz") / 1000000)) MB ($((extract_size / 1000000)) MB on the card)"

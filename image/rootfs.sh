#!/bin/sh
# The root file system without Perch: Debian's packages, the initramfs, GStreamer's list of plugins.
# Takes five minutes on two cores, so it is kept by what it is made of.
#   image/rootfs.sh BASE    prints the path of the .tar.zst on its last line
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=$here/cache
base=$1
say() { printf 'perch: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
[ -e "$here/base/$base.sh" ] || fail "There is no base \"$base\". There are: $(cd "$here/base" && ls *.sh | sed 's/\.sh//' | tr '\n' ' ')"
[ "$(id -u)" = 0 ] || fail 'making a root file system needs root: sudo make image'
mkdir -p "$cache"
work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
# shellcheck source=base/debian.sh
. "$here/base/$base.sh"

# 2026-01-01: no file is newer, so the same packages give the same root whenever and for whatever commit it is made. Lists that
# remember the times of folders (fonts, GStreamer's) stay true.
export SOURCE_DATE_EPOCH=1767225600

names() { sed 's/#.*//; s/[[:space:]]//g; /^$/d' "$here/packages/$1.txt"; }
packages="$(names system) $(names run | grep -v '?$') $base_packages"
# What CSI cameras need; a base without them goes without.
optional=''
[ "$base_csi" = no ] || optional=$(names run | sed -n 's/?$//p')
hash() { cat "$@" | sha256sum | cut -c1-16; }
# A month's packages are fresh enough for a build by hand; a release is built with an empty cache.
key=$(printf '%s %s %s' "$packages" "$optional" "$(date +%Y-%m)" | cat - "$here/rootfs.sh" "$here/own-tools.sh" "$here/packages/left-out.cfg" "$here/base/$base.sh" | hash -)
packed=$cache/rootfs-$base-$key.tar
initrd_key=$(hash "$here/initramfs/hook" "$here/initramfs/data-partition")
done=$cache/rootfs-$base-$key-$initrd_key.tar.zst

mirror=${MIRROR:-$(apt_mirror() { sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1; }; apt_mirror)}
mirror=${mirror:-http://deb.debian.org/debian}
mirror=${mirror%/}
security=${MIRROR_SECURITY:-$mirror-security}

if [ ! -e "$packed" ]; then
  say "installing Debian's packages for arm64 (5 to 10 minutes, once a month)"
  arch-test arm64 >/dev/null 2>&1 || { mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc 2>/dev/null; update-binfmts --enable qemu-aarch64 2>/dev/null; } || true
  arch-test arm64 >/dev/null 2>&1 || fail 'this machine does not run arm64 programs. Install qemu-user-static and binfmt-support.'
  base_sources "$mirror" "$security" /usr/share/keyrings/debian-archive-keyring.gpg >"$work/sources.list"
  list=$(printf '%s' "$packages" | tr -s ' \n' ',,')
  # shellcheck disable=SC2016 # "$1" is for the hooks' own shell
  # Nothing is lost if this machine stops in the middle: no syncs. debconf has no questions to ask beforehand.
  INITRD=No mmdebstrap --mode=root --variant=apt --architectures=arm64 --include="$list" --format=tar --verbose \
    --dpkgopt=force-unsafe-io --dpkgopt=force-confold --aptopt='#clear DPkg::Pre-Install-Pkgs' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/icons/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt="$here/packages/left-out.cfg" \
    --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Retries "3"' \
    --extract-hook="'$here/own-tools.sh' in \"\$1\"" --essential-hook="'$here/own-tools.sh' again \"\$1\"" \
    --essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/etc/initramfs-tools/hooks" "$1/usr/share/icons/Adwaita" "$1/usr/share/icons/default" "$1/usr/share/sounds/sf2"' \
    --essential-hook='echo update_initramfs=no >"$1/etc/initramfs-tools/update-initramfs.conf"' \
    --customize-hook="for name in $(echo $optional); do if chroot \"\$1\" apt-cache show \"\$name\" >/dev/null 2>&1; then chroot \"\$1\" apt-get install -y \"\$name\"; fi; done" \
    --customize-hook="'$here/own-tools.sh' out \"\$1\"" \
    --customize-hook='rm -f "$1"/etc/ssh/ssh_host_* "$1/etc/machine-id" "$1/var/lib/dbus/machine-id"' \
    trixie "$packed.new" "$work/sources.list" >"$cache/rootfs-$base.log" 2>&1 &
  child=$!
  while kill -0 $child 2>/dev/null; do
    sleep 15
    say "  $(grep -ac '^Unpacking ' "$cache/rootfs-$base.log" || true) packages unpacked, $(grep -ac '^Setting up ' "$cache/rootfs-$base.log" || true) set up"
  done
  wait $child || { tail -n 20 "$cache/rootfs-$base.log" >&2; fail "that failed; all of it is in image/cache/rootfs-$base.log"; }
  mv "$packed.new" "$packed"
fi

if [ ! -e "$done" ]; then
  say 'making the initramfs'
  tree=$work/tree
  mkdir "$tree"
  tar -C "$tree" --numeric-owner --xattrs --xattrs-include='*' -xf "$packed"
  install -D -m 755 "$here/initramfs/hook" "$tree/etc/initramfs-tools/hooks/perch"
  install -D -m 755 "$here/initramfs/data-partition" "$tree/etc/initramfs-tools/scripts/local-bottom/perch"
  # The disks and file systems a Pi, and QEMU, may start from; nothing else, and nothing found by looking at this machine.
  printf '%s\n' ext4 vfat nls_cp437 nls_ascii overlay virtio_pci virtio_mmio virtio_blk virtio_rng mmc_block sdhci-iproc sdhci-brcmstb bcm2835 \
    usb-storage uas xhci-pci xhci-hcd dwc2 nvme pcie-brcmstb raspberrypi-hwmon >"$tree/etc/initramfs-tools/modules"
  printf 'MODULES=list\nCOMPRESS=zstd\nFSTYPE=ext4\nRESUME=none\n' >"$tree/etc/initramfs-tools/conf.d/perch"
  rm -f "$tree/etc/initramfs-tools/update-initramfs.conf"
  # The mounts end with their own name space, whatever happens in between.
  unshare --mount sh -ec '
    mount -t proc proc "$1/proc"; mount -t tmpfs tmpfs "$1/run"; mount -t tmpfs tmpfs "$1/tmp"
    "$2/own-tools.sh" in "$1"
    chroot "$1" update-initramfs -c -v -k all >"$3"
    for program in "$1"/usr/bin/*.emulated; do
      program=$(basename "$program" .emulated)
      if grep -q "^Adding binary .*/$program\$" "$3"; then echo "$program of this machine is in the initramfs" >&2; exit 1; fi
    done
    "$2/own-tools.sh" out "$1"
    chroot "$1" mkdir -p /usr/share/perch
    # As the worker does: gst-inspect is not on the image. A plugin that cannot be loaded here (onnx aborts) ends its own process only.
    chroot "$1" env HOME=/tmp GST_REGISTRY=/usr/share/perch/gstreamer-registry.bin \
      python3 -c "import gi; gi.require_version(\"Gst\", \"1.0\"); from gi.repository import Gst; Gst.init(None)"
    if [ ! -s "$1/usr/share/perch/gstreamer-registry.bin" ]; then echo "GStreamer wrote no list of its plugins" >&2; exit 1; fi
  ' sh "$tree" "$here" "$cache/initramfs-$base-files.log" >"$cache/initramfs-$base.log" 2>&1 || { tail -n 20 "$cache/initramfs-$base.log" >&2; fail 'the initramfs could not be made'; }
  echo 'update_initramfs=no' >"$tree/etc/initramfs-tools/update-initramfs.conf"
  find "$tree/boot" "$tree/usr/share/perch" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
  tar -C "$tree" --numeric-owner --xattrs --xattrs-include='*' --sort=name -c . | zstd -q -3 -T0 -o "$done.new" -f
  mv "$done.new" "$done"
fi
echo "$done"

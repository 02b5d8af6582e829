# What people flash: Debian plus Raspberry Pi's own archive, which has the kernel, the firmware and the
# libcamera that CSI cameras need. Sourced by rootfs.sh.
base_about='Raspberry Pi Zero 2 W, 3, 4, 5 and 400, 500; CSI and USB cameras'
base_packages='linux-image-rpi-v8 linux-image-rpi-2712 raspi-firmware raspberrypi-archive-keyring firmware-brcm80211 raspi-utils-core libcamera-ipa gstreamer1.0-libcamera'
base_csi=yes
rpi_archive=${RPI_MIRROR:-http://archive.raspberrypi.com/debian}
# The archive's key comes in a package of the archive itself: taken once, and believed only by its fingerprint.
# The loose raspberrypi.gpg.key still carries SHA-1 signatures, which apt of Debian 13 refuses since February 2026.
rpi_keyring=raspberrypi-archive-keyring_2025.1+rpt1_all.deb
rpi_fingerprint=CF8A1AF502A2AA2D763BAE7E82B129927FA3303E

# base_sources MIRROR SECURITY KEYS
base_sources() {
  keys=$cache/raspberrypi-archive-keyring.gpg
  if [ ! -e "$keys" ]; then
    curl --fail --silent --show-error --location --output "$work/keyring.deb" \
      "$rpi_archive/pool/main/r/raspberrypi-archive-keyring/$rpi_keyring" \
      || fail "Raspberry Pi's archive ($rpi_archive) is not reached. Set RPI_MIRROR to a copy of it, or build with BASE=debian."
    dpkg-deb -x "$work/keyring.deb" "$work/keyring"
    found=$(find "$work/keyring" -name 'raspberrypi-archive-keyring*.gpg' -o -name 'raspberrypi-archive*.pgp' | head -n 1)
    check_fingerprint "$found" "$rpi_fingerprint"
    cp "$found" "$keys"
  fi
  cat <<SOURCES
deb [signed-by=$3] $1 trixie main
deb [signed-by=$3] $1 trixie-updates main
deb [signed-by=$3] $2 trixie-security main
deb [signed-by=$keys] $rpi_archive trixie main
SOURCES
}

# Exactly one primary key in the file, and it is the one that is expected.
check_fingerprint() {
  is=$(gpg --batch --no-options --homedir "$work" --with-colons --show-keys "$1" | awk -F: '$1 == "pub" { pub = 1 } $1 == "fpr" && pub { print $10; pub = 0 }')
  [ "$is" = "$2" ] || fail "The key of Raspberry Pi's archive is $is, not $2. Nothing of it was used."
}

# base_boot TREE FOLDER
base_boot() {
  # raspi-firmware's own hooks have filled it: start files, kernels, device trees, initramfs.
  cp -r "$1/boot/firmware/." "$2/"
  [ -e "$2/kernel8.img" ] || fail 'raspi-firmware left no kernel8.img in /boot/firmware.'
  cp "$here/base/config.txt" "$2/config.txt"
  # One line, and with a line end: Raspberry Pi Imager appends to it.
  echo 'console=serial0,115200 console=tty1 root=PARTUUID=50455243-02 rootfstype=ext4 ro rootwait fsck.repair=no panic=10 quiet' >"$2/cmdline.txt"
}

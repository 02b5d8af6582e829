# Debian alone: built and booted on any machine that reaches a Debian mirror. Sourced by rootfs.sh.
base_about='Debian 13 for 64-bit machines; no CSI cameras, no firmware of the Pi'
# Kernel from backports: 6.12 has no gpio-sim, which the boot test reads the LED from.
base_packages='linux-image-arm64/trixie-backports'
base_csi=no

# base_sources MIRROR SECURITY KEYS: apt's list of where everything comes from.
base_sources() {
  cat <<SOURCES
deb [signed-by=$3] $1 trixie main
deb [signed-by=$3] $1 trixie-updates main
deb [signed-by=$3] $1 trixie-backports main
deb [signed-by=$3] $2 trixie-security main
SOURCES
}

# base_boot TREE FOLDER: what lies on the FAT partition. QEMU is given kernel, initramfs and line by hand; so is a Pi 3's emulation.
base_boot() {
  cp "$1"/boot/vmlinuz-* "$2/vmlinuz"
  cp "$1"/boot/initrd.img-* "$2/initrd.img"
  for board in bcm2837-rpi-3-b bcm2711-rpi-4-b; do
    cp "$(find "$1"/usr/lib/linux-image-*/broadcom -name "$board.dtb" | head -n 1)" "$2/"
  done
  # damon_stat: Debian's kernel measures how memory is used, for nobody here, with a twentieth of a processor.
  echo 'console=ttyAMA0,115200 root=PARTUUID=50455243-02 rootfstype=ext4 ro rootwait fsck.repair=no panic=10 damon_stat.enabled=N' >"$2/cmdline.txt"
}

#!/bin/sh
# While packages are installed under emulation, this machine's own dpkg-deb, shell and small tools stand in for
# the tree's: unpacking and the packages' scripts are most of the work, and emulated they take five times as long.
# dpkg itself stays: it knows by its own build which machine it installs for.
#   image/own-tools.sh in TREE     puts them there
#   image/own-tools.sh again TREE  after the tree's own were unpacked over them
#   image/own-tools.sh out TREE    puts the tree's own back
set -eu
tree=$2
programs='dpkg-deb dpkg-split tar xz gzip dash bash sed grep find mawk basename cat chgrp chmod chown cmp cp cut date dirname env expr head id install ln ls mkdir
  mktemp mv paste readlink realpath rm rmdir seq sha256sum sort stat tail test touch tr true uniq wc xargs zstd perl'
# On this machine and in the tree alike: Debian's folders of an architecture.
multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo "$(uname -m)-linux-gnu")
case $1 in
  in)
    # The same architecture: nothing is emulated.
    [ "$multiarch" != aarch64-linux-gnu ] || exit 0
    mkdir -p "$tree/usr/lib/$multiarch"
    for name in $programs; do
      own=$(command -v "$name") && own=$(readlink -f "$own") || continue
      theirs=$tree/usr/bin/$name
      # Scripts, links (alternatives) and what the tree does not have stay as they are.
      [ -f "$theirs" ] && [ ! -L "$theirs" ] && [ ! -e "$theirs.emulated" ] || continue
      ldd "$own" >/dev/null 2>&1 || continue
      ldd "$own" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | while read -r library; do
        [ -e "$tree/usr/lib/$multiarch/${library##*/}" ] || cp -L "$library" "$tree/usr/lib/$multiarch/"
      done
      loader=$(ldd "$own" | sed -n 's/^[[:space:]]*\(\/lib[^ ]*\/ld-[^ ]*\) .*/\1/p')
      # Merged as everything is: base-files looks.
      [ -e "$tree${loader%/*}" ] || { mkdir -p "$tree/usr${loader%/*}"; ln -s "usr${loader%/*}" "$tree${loader%/*}"; }
      [ -e "$tree$loader" ] || cp -L "$loader" "$tree$loader"
      mv "$theirs" "$theirs.emulated"
      cp "$own" "$theirs"
    done
    # What perl itself, debconf and deb-systemd-helper load.
    [ -d "$tree/usr/lib/$multiarch/perl-base" ] || cp -r "/usr/lib/$multiarch/perl-base" "$tree/usr/lib/$multiarch/"
    ;;
  again)
    rm -f "$tree"/usr/bin/*.emulated
    exec "$0" in "$tree"
    ;;
  out)
    for emulated in "$tree"/usr/bin/*.emulated; do
      [ -e "$emulated" ] || continue
      mv "$emulated" "${emulated%.emulated}"
    done
    [ "$multiarch" = aarch64-linux-gnu ] || rm -rf "$tree/usr/lib/$multiarch" "$tree/lib64" "$tree/usr/lib64"
    ;;
esac

#!/bin/sh
# What must hold of the package before it is made: what its units and scripts call is in it, and nothing is open to all.
#   image/deb-check.sh <its files, laid out>
set -eu
stage=$1
wrong=0
say() { echo "perch: in the package, $*" >&2; wrong=1; }
for unit in "$stage"/usr/lib/systemd/system/*; do
  [ -f "$unit" ] || continue
  # Programs of ours, by their paths; those a unit does without when they are not there are its own affair.
  for path in $(grep -hE '^Exec' "$unit" | grep -oE '/usr/(lib|bin)/perch[^ ]*' || true); do
    [ -e "$stage$path" ] || grep -q "^ConditionPathExists=$path" "$unit" || say "$(basename "$unit") calls $path, which is missing."
  done
done
while read -r conffile; do [ -f "$stage$conffile" ] || say "$conffile is a conffile and missing."; done <"$stage/DEBIAN/conffiles"
for script in "$stage"/DEBIAN/p* "$stage/usr/bin/perch" "$stage"/usr/lib/perch/system/*; do
  [ "$(head -c 2 "$script")" != '#!' ] || { sh -n "$script" && [ -x "$script" ]; } || say "$script does not read as a script that may be run."
done
open=$(find "$stage" -perm /o+w ! -type l | head -n 3)
[ -z "$open" ] || say "everybody may write: $open"
links=$(find "$stage/usr/lib/perch" -type l | head -n 3)
[ -z "$links" ] || say "links, which no update can carry: $links"
for program in perch.js 'program-*.cjs' first-boot.js; do
  [ "$(find "$stage/usr/lib/perch/dist" -maxdepth 1 -name "$program" -size +0 | wc -l)" = 1 ] || say "dist/$program is missing."
done
recovery=usr/lib/perch/recovery
for file in recovery.js package.json page/index.html page/recovery.js doctor.js pty.node; do
  [ -s "$stage/$recovery/$file" ] || say "$recovery/$file is missing."
done
# The number of a processor in an ELF file, at byte 18.
case $(sed -n 's/^Architecture: //p' "$stage/DEBIAN/control") in arm64) machine=183 ;; amd64) machine=62 ;; *) machine=none ;; esac
[ "$(od -An -tu2 -j18 -N2 "$stage/$recovery/pty.node" 2>/dev/null | tr -d ' ')" = "$machine" ] || say "$recovery/pty.node is for another processor."
exit $wrong

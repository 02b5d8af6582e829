#!/bin/sh
# Makes perch_<version>_<arch>.deb of what `make build` built: the program, its npm packages for that
# machine, the units. The image installs it, and so does `make install`.
#   image/deb.sh arm64|amd64 <folder for the package>
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
arch=$1
out=$2
case $arch in
  arm64) cpu=arm64 ;;
  amd64) cpu=x64 ;;
  *) echo "perch: no packages are made for $arch; arm64 and amd64 are possible." >&2; exit 1 ;;
esac
[ -e "$root/dist/perch.js" ] || { echo 'perch: nothing is built yet. First: make build' >&2; exit 1; }
version=$(sed -n 's/^  "version": "\(.*\)",/\1/p' "$root/package.json")
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

# npm's packages that are not within the program, for that machine, as locked; kept until the lock changes. With native
# parts, and what serves files of its own folder: build.mjs has the list.
outside=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).outside.join(" ")' "$root/dist/packages.json")
key=$(echo "$outside" | cat - "$root/package-lock.json" "$here/deb.sh" "$here/packages/native.sh" "$here/packages/only.mjs" "$here/packages/closure.mjs" | sha256sum | cut -c1-16)
npm="$here/cache/npm-$arch-$key"
if [ ! -d "$npm" ]; then
  echo "perch: npm packages for $arch"
  rm -rf "$npm.new"
  mkdir -p "$npm.new"
  cp "$root/package.json" "$root/package-lock.json" "$root/.npmrc" "$npm.new/"
  # No scripts: they would build or fetch for this machine. Native parts are prebuilt packages, or compiled here.
  (cd "$npm.new" && npm ci --omit=dev --os=linux --cpu=$cpu --libc=glibc --ignore-scripts --no-audit --no-fund --loglevel=error)
  modules="$npm.new/node_modules"
  "$here/packages/native.sh" "$modules" "$arch"
  cp "$modules/@lydell/node-pty-linux-$cpu/pty.node" "$npm.new/"
  # shellcheck disable=SC2086 # one word each
  node "$here/packages/only.mjs" "$modules" $outside
  # What only the build needs, and what only people read.
  rm -rf "$modules/nan" "$modules/epoll/src" "$modules/epoll/binding.gyp" "$modules/.bin" "$modules/.package-lock.json"
  find "$modules" -type d \( -name test -o -name tests -o -name docs -o -name examples -o -name benchmark -o -name benchmarks -o -name .github \) \
    -prune -exec rm -rf {} +
  find "$modules" -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.ts' -o -name 'CHANGELOG*' \) -delete
  mv "$npm.new" "$npm"
fi

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
put() { install -D -m "$1" "$2" "$stage/$3"; }

mkdir -p "$stage/usr/lib/perch"
cp -r "$root/dist" "$npm/node_modules" "$root/package.json" "$stage/usr/lib/perch/"
rm -f "$stage/usr/lib/perch/dist/.built" "$stage"/usr/lib/perch/dist/*bench.js* "$stage"/usr/lib/perch/dist/bundle.js*
# Node 20 reads all of them at each start, of which they were a tenth; what is built reads well enough without.
find "$stage/usr/lib/perch/dist" -name '*.map' -delete
put 755 "$root/systemd/bin/perch" usr/bin/perch
for program in safe-mode anything-new choose code-cache; do put 755 "$root/systemd/bin/$program" "usr/lib/perch/system/$program"; done
for unit in "$root"/systemd/*.service "$root"/systemd/*.timer "$root"/systemd/*.socket; do
  put 644 "$unit" "usr/lib/systemd/system/$(basename "$unit")"
done
# The root helper stands beside the program, which updates replace: only the package, or the image, replaces it.
put 644 "$root/dist/system.js" usr/lib/perch/system/system.js
put 644 "$root/systemd/perch.toml" usr/lib/perch/system/perch.toml
# So does the way back in, complete in a folder of its own: with the doctor, and the add-on of that machine's processor.
mv "$stage/usr/lib/perch/dist/recovery" "$stage/usr/lib/perch/recovery"
put 644 "$root/dist/doctor.js" usr/lib/perch/recovery/doctor.js
put 644 "$npm/pty.node" usr/lib/perch/recovery/pty.node
# Whose updates are taken. Without a key here, only those whose key the owner puts into /etc/perch/update-keys.
if [ -n "${PERCH_SIGN_KEY:-}" ]; then
  mkdir -p "$stage/usr/lib/perch/update-keys"
  node "$root/dist/bundle.js" public "$PERCH_SIGN_KEY" "$stage/usr/lib/perch/update-keys/release.pub"
fi
put 644 "$root/systemd/openvpn-client@perch.conf" usr/lib/systemd/system/openvpn-client@perch.service.d/perch.conf
put 644 "$root/systemd/perch.sysusers" usr/lib/sysusers.d/perch.conf
put 644 "$root/systemd/perch.rules" usr/lib/udev/rules.d/60-perch.rules
put 644 "$root/systemd/polkit.rules" usr/share/polkit-1/rules.d/50-perch.rules
put 640 "$root/systemd/perch.toml" etc/perch/perch.toml
put 644 "$root/LICENSE" usr/share/doc/perch/copyright

needs=$(sed 's/#.*//; s/[[:space:]]//g; /^$/d; /?$/d' "$here/packages/run.txt" | grep -vx -e nodejs -e npm | tr '\n' ',' | sed 's/,$//; s/,/, /g')
likes=$(sed 's/#.*//; s/[[:space:]]//g; /?$/!d; s/?$//' "$here/packages/run.txt" | tr '\n' ',' | sed 's/,$//; s/,/, /g')
mkdir -p "$stage/DEBIAN"
{
  cat <<CONTROL
Package: perch
Version: $version
Architecture: $arch
Maintainer: The Perch authors <perch@localhost>
Section: video
Priority: optional
Installed-Size: $(du -sk "$stage" | cut -f1)
Depends: nodejs (>= 20), systemd, $needs
CONTROL
  [ -z "$likes" ] || echo "Recommends: $likes"
  cat <<CONTROL
Description: turns a Raspberry Pi and a camera into an appliance
 The live picture on a phone within a second, every setting changed while it
 plays, and no viewer ever dropped.
CONTROL
} >"$stage/DEBIAN/control"
echo /etc/perch/perch.toml >"$stage/DEBIAN/conffiles"
for script in postinst prerm postrm; do put 755 "$root/systemd/deb/$script" "DEBIAN/$script"; done
find "$stage" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
chmod -R u=rwX,go=rX "$stage/usr"
chmod 755 "$stage"
"$here/deb-check.sh" "$stage"
mkdir -p "$out"
dpkg-deb --root-owner-group -Zzstd -z10 --build "$stage" "$out/perch_${version}_$arch.deb" >/dev/null
echo "perch: $out/perch_${version}_$arch.deb, $(du -h "$out/perch_${version}_$arch.deb" | cut -f1)"

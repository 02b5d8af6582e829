#!/bin/sh
# Compiles the one add-on that no npm package brings prebuilt: epoll, by which onoff hears the button.
# g++ and Node's own headers are all it takes (node-gyp would download the headers).
#   image/packages/native.sh <node_modules>                for the Node of this machine
#   image/packages/native.sh <node_modules> amd64|arm64    for Debian's Node on such a machine
# Exit 3: there is no compiler, or there are no headers; what is missing is said.
set -eu
modules=$1
arch=${2:-}
# Node 20, which Debian 13 has. The add-on fits this number and no other: process.versions.modules.
debian_node=20.20.2
debian_abi=115

lacking() { printf 'perch: %s\n' "$*" >&2; exit 3; }
# The number that an add-on made with the headers in folder $1 fits.
abi_of() { sed -n 's/^#define NODE_MODULE_VERSION \([0-9][0-9]*\)$/\1/p' "$1/node_version.h" 2>/dev/null; }

case $arch in
  '') compiler=g++ abi=$(node -p process.versions.modules) ;;
  arm64) compiler=aarch64-linux-gnu-g++ abi=$debian_abi cpu=arm64 machine=AArch64 ;;
  amd64) compiler=x86_64-linux-gnu-g++ abi=$debian_abi cpu=x64 machine=X86-64 ;;
  *) lacking "no add-ons are compiled for $arch; arm64 and amd64 are possible." ;;
esac
command -v "$compiler" >/dev/null || lacking "there is no $compiler. Debian has it in the package ${arch:+g++-$(echo "${compiler%-g++}" | tr _ -)}${arch:-g++}."

headers=''
for folder in "$(dirname "$(dirname "$(node -p process.execPath)")")/include/node" /usr/include/node; do
  [ -n "$headers" ] || [ "$(abi_of "$folder")" != "$abi" ] || headers=$folder
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$headers" ] && [ -n "$arch" ]; then
  # This machine has another Node; npm's package of that one brings its headers.
  npm install --silent --no-save --ignore-scripts --force --os=linux --cpu=$cpu --prefix "$work" "node-linux-$cpu@$debian_node" >/dev/null
  headers=$work/node_modules/node-linux-$cpu/include/node
  [ "$(abi_of "$headers")" = "$abi" ] || lacking "the headers of Node $debian_node are for add-ons of number $(abi_of "$headers"), not $abi."
fi
[ -n "$headers" ] || lacking "there are no headers of Node $(node --version) (beside node, or in /usr/include/node). Debian has its Node's in the package libnode-dev."

# As node-gyp would: this Node's standard of C++, no exceptions, no type names at run time.
standard=$(sed -n "s/.*'cflags_cc'.*\(-std=gnu++[0-9]*\).*/\1/p" "$headers/common.gypi" | head -n 1)
mkdir -p "$modules/epoll/build/Release"
# Where it was compiled is not in it: it is the same wherever that was.
"$compiler" -ffile-prefix-map="$modules=node_modules" "${standard:--std=gnu++17}" -O2 -s -fPIC -shared -fno-rtti -fno-exceptions -Wno-deprecated-declarations -Wno-cast-function-type \
  -DNODE_GYP_MODULE_NAME=epoll -DBUILDING_NODE_EXTENSION -I"$headers" -I"$modules/nan" \
  "$modules/epoll/src/epoll.cc" -o "$work/epoll.node"
[ -z "$arch" ] || readelf -h "$work/epoll.node" | grep -q "Machine: .*$machine" || lacking "$compiler made no add-on for $arch."
mv "$work/epoll.node" "$modules/epoll/build/Release/epoll.node"

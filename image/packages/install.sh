#!/bin/sh
# Installs what Perch needs and this machine lacks, saying so first.
#   image/packages/install.sh run          what the camera needs
#   image/packages/install.sh run test     and what its tests need
# A name ending in ? is installed where the distribution has it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

say() { printf 'perch: %s\n' "$*"; }
fail() { printf 'perch: %s\n' "$*" >&2; exit 1; }
installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
node_major() { node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p'; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else fail "installing packages needs root, and there is no sudo here. As root, run: $*"
  fi
}

command -v apt-get >/dev/null || fail "this is no Debian, Raspberry Pi OS or Ubuntu (no apt-get). Install by hand what image/packages/*.txt list."

wanted=''
for list in "$@"; do
  wanted="$wanted $(sed 's/#.*//' "$here/$list.txt")"
done
# A Node of any origin will do; Debian's is only taken where there is none.
command -v node >/dev/null || wanted="$wanted nodejs"
command -v npm >/dev/null || wanted="$wanted npm"
# One add-on, of the LED and the button, is compiled: for the tests, and on a machine that has pins to wire (a Pi; a
# laptop's GPIO chips lead nowhere, and it need have no compiler).
native=''
case " $* " in *' test '*) native=must ;; esac
case $(uname -m) in
  aarch64 | arm*) for chip in /sys/class/gpio/gpiochip* /dev/gpiochip*; do [ ! -e "$chip" ] || native=${native:-wanted}; done ;;
esac
[ -z "$native" ] || command -v g++ >/dev/null || wanted="$wanted g++"

missing=''
optional=''
for name in $wanted; do
  case $name in
    *\?) installed "${name%\?}" || optional="$optional ${name%\?}" ;;
    *) installed "$name" || missing="$missing $name" ;;
  esac
done

# Optional ones that this distribution does not have are looked for once, not at every start.
looked="$root/node_modules/.perch-optional"
[ -n "$optional" ] && [ "$(cat "$looked" 2>/dev/null)" = "$optional" ] && optional=''

if [ -n "$missing$optional" ]; then
  [ -n "$missing" ] && say "installing Debian packages that are missing:$missing"
  as_root apt-get update -qq || say 'the package lists could not be refreshed; going on with those at hand'
  for name in $optional; do
    if apt-cache show "$name" >/dev/null 2>&1; then
      say "installing $name too"
      missing="$missing $name"
    fi
  done
  # shellcheck disable=SC2086 # a list of names
  [ -z "$missing" ] || as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null \
    || fail "apt-get could not install:$missing. Try it by hand to see why."
fi

# Debian 12 and Ubuntu 24.04 have Node 18, Perch needs 20: npm's registry has Node itself as a package.
if [ "$(node_major)" -lt 20 ] && [ ! -x "$root/.toolchain/bin/node" ]; then
  case $(uname -m) in
    x86_64) arch=x64 ;;
    aarch64) arch=arm64 ;;
    *) fail "Perch needs a 64-bit system; this one is $(uname -m)." ;;
  esac
  say "Node $(node --version) is too old (20 or newer is needed): installing Node 22 into .toolchain, beside it"
  mkdir -p "$root/.toolchain"
  npm install --silent --no-save --prefix "$root/.toolchain" "node-linux-$arch@22.23.3"
  ln -sfn "node_modules/node-linux-$arch/bin" "$root/.toolchain/bin"
fi
PATH="$root/.toolchain/bin:$PATH"

# npm packages, exactly as locked; again only when the lock or what is wanted of it changed.
case " $* " in *' test '*) kind=all omit='' ;; *) kind=run omit='--omit=dev' ;; esac
stamp="$root/node_modules/.perch-installed"
lock=$(sha256sum <"$root/package-lock.json")
have=$(cat "$stamp" 2>/dev/null || true)
if [ "$have" != "all $lock" ] && [ "$have" != "$kind $lock" ]; then
  say 'installing npm packages'
  # No scripts: all that is native is prebuilt, or is compiled below without downloading anything.
  (cd "$root" && npm ci --ignore-scripts --no-audit --no-fund --no-progress --loglevel=error $omit)
  printf '%s' "$kind $lock" >"$stamp"
fi

# The add-on fits one Node: made again when Node is another.
compiled="$root/node_modules/.perch-native"
if [ -n "$native" ] && [ "$(cat "$compiled" 2>/dev/null)" != "$(node --version)" ]; then
  say 'compiling the add-on of the LED and the button'
  # Debian's own Node has its headers in a package.
  dpkg-query -S "$(readlink -f "$(command -v node)")" 2>/dev/null | grep -q '^nodejs:' && [ ! -e /usr/include/node/node.h ] \
    && { as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libnode-dev >/dev/null || true; }
  if "$here/native.sh" "$root/node_modules"; then node --version >"$compiled"
  elif [ "$native" = must ]; then fail 'without that add-on the tests cannot run.'
  else say 'going on without: LED and button on the pins stay off, and the page shows the LED.'
  fi
fi
[ -z "$optional" ] || printf '%s' "$optional" >"$looked"

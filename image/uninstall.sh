#!/bin/sh
# make uninstall: takes the package off again. What was saved stays, unless PURGE=1.
set -eu
sudo=''
[ "$(id -u)" = 0 ] || sudo=sudo
if ! dpkg-query --show --showformat='${db:Status-Abbrev}' perch 2>/dev/null | grep -q '^[ir][ic]'; then
  echo 'perch: it is not installed.'
  exit 0
fi
if [ "${PURGE:-}" = 1 ]; then
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get purge -y perch
  echo 'perch: it is gone, and everything that was saved with it.'
else
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get remove -y perch
  echo 'perch: it is gone. Settings and passwords stay in /var/lib/perch, for the next time; make uninstall PURGE=1 forgets them.'
fi

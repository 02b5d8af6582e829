#!/bin/sh
# Makes the wheel of the Django app from what the build wrote:  wheel.sh DIST_FOLDER
# With setuptools and wheel at hand nothing is fetched; otherwise pip fetches them.
set -eu
dist=$(cd "$1" && pwd)
cd "$dist/django"
log="$dist/wheel.log"
if /usr/bin/python3 -c 'import setuptools, wheel' 2>/dev/null; then
  /usr/bin/python3 -c 'from setuptools.build_meta import build_wheel; import sys; build_wheel(sys.argv[1])' "$dist" >"$log" 2>&1 \
    || { cat "$log" >&2; exit 1; }
elif command -v pip3 >/dev/null; then
  pip3 wheel --quiet --no-deps --wheel-dir "$dist" .
else
  echo 'perch: making the wheel needs python3-setuptools and python3-wheel, or pip' >&2
  exit 1
fi
rm -rf build perch_control.egg-info "$log"
cd "$dist"
for wheel in perch_control-*.whl; do
  echo "perch: $dist/$wheel; in the Python of your site: pip install $wheel daphne"
done

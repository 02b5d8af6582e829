# Puts MediaMTX's arm64 release into $tree. Sourced by build.sh; MEDIAMTX_ARCHIVE names a copy that is at hand.
# 1.16 is the first with alwaysAvailable, which keeps readers while a camera restarts.
mediamtx_version=1.16.3
mediamtx_release=https://github.com/bluenviron/mediamtx/releases/download/v$mediamtx_version
mediamtx_file=mediamtx_v${mediamtx_version}_linux_arm64.tar.gz
mediamtx_archive=${MEDIAMTX_ARCHIVE:-$cache/$mediamtx_file}
if [ ! -e "$mediamtx_archive" ]; then
  curl --fail --silent --show-error --location --output "$mediamtx_archive.new" "$mediamtx_release/$mediamtx_file" \
    || fail "MediaMTX $mediamtx_version is not reached. Fetch $mediamtx_file from its releases and set MEDIAMTX_ARCHIVE to it."
  mv "$mediamtx_archive.new" "$mediamtx_archive"
fi
# base/mediamtx.sha256 is a copy of the release's own checksums; whoever raises the version renews it, and looks at it.
mediamtx_sum=$(sed -n "s/^\([0-9a-f]\{64\}\)  *\**\(\.\/\)\{0,1\}$mediamtx_file\$/\1/p" "$here/base/mediamtx.sha256" 2>/dev/null)
[ -n "$mediamtx_sum" ] || fail "image/base/mediamtx.sha256 does not name $mediamtx_file. Put the release's checksums.sha256 there."
echo "$mediamtx_sum  $mediamtx_archive" | sha256sum --check --quiet - || fail "$mediamtx_archive is not what MediaMTX released. It was not used."
mkdir -p "$tree/usr/lib/perch/mediamtx"
tar -C "$tree/usr/lib/perch/mediamtx" --no-same-owner -xzf "$mediamtx_archive" mediamtx LICENSE
install -m 644 "$here/base/mediamtx.yml" "$tree/etc/perch/mediamtx.yml"
install -m 644 "$here/base/avahi-rtsp.service" "$tree/etc/avahi/services/perch-rtsp.service"
cat >>"$tree/etc/perch/perch.toml" <<'TOML'
mediamtx_rtsp = "rtsp://127.0.0.1:8554"
mediamtx_api = "http://127.0.0.1:9997"
TOML

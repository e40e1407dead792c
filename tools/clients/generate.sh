#!/usr/bin/env bash
# generate.sh TOOLS OUT: client libraries from the contract. TOOLS is where tools/setup.sh put the generator.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=$1 out=$2
names=packageName=stemscribe_client,pubName=stemscribe_client,npmName=stemscribe-client,importFileExtension=.js,modelPropertyNaming=original
mkdir -p "$out"
for language in python typescript-fetch dart; do
  rm -rf "${out:?}/$language"
  java -jar "$tools"/openapi-generator-cli-*.jar generate --input-spec src/api/openapi.yaml --generator-name "$language" \
    --output "$out/$language" --additional-properties "$names" >"$out/$language.log" 2>&1 || { tail -n 20 "$out/$language.log" >&2; exit 1; }
  echo "$out/$language"
done

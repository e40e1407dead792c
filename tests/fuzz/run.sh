#!/usr/bin/env bash
# run.sh BUILD MINUTES: builds the targets and gives each its share of the time. What crashes one is left in
# BUILD/found/TARGET/; once mended, it belongs into tests/fuzz/corpus/TARGET/.
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
mapfile -t targets < <(cd "$here" && ls -- *_fuzz.cc | sed 's/_fuzz\.cc$//')
ninja -C "$build" --quiet "${targets[@]/#/fuzz_}"
seconds=$((${2:-60} * 60 / ${#targets[@]}))
failed=0
for target in "${targets[@]}"; do
  grown=$build/grown/$target found=$build/found/$target
  mkdir -p "$grown" "$found"
  echo "$target: $seconds s"
  TBB_ENABLE_SANITIZERS=1 "$build/bin/fuzz_$target" "$grown" "$here/corpus/$target" -max_total_time="$seconds" -timeout=20 \
    -rss_limit_mb=2048 -max_len=65536 -artifact_prefix="$found/" -print_final_stats=1 2>"$build/$target.log" || {
    failed=1
    grep -m 3 -E 'ERROR|SUMMARY|runtime error' "$build/$target.log" || tail -n 3 "$build/$target.log"
  }
  grep -h 'stat::number_of_executed_units' "$build/$target.log" || true
done
exit $failed

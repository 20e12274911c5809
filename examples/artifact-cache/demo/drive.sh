#!/usr/bin/env bash
# Compiles a program twice with ccache, which keeps results in a running service and nowhere else.
# The second time every object must come from the service.
#
#   drive.sh http://127.0.0.1:8080 [http://127.0.0.1:8081]
#
# The second time goes to the second service, if there is one: it must find what the first has stored.
set -euo pipefail

first=${1:?usage: drive.sh URL-OF-THE-SERVICE [URL-OF-ANOTHER]}
second=${2:-$first}
program=$(cd "$(dirname "$0")/program" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

export CCACHE_REMOTE_ONLY=1
export CCACHE_DIR=$work/ccache CCACHE_CONFIGPATH=$work/ccache.conf
touch "$CCACHE_CONFIGPATH"

stat_of() { ccache --print-stats | awk -v name="$1" '$1 == name { print $2 }'; }

# metric URL NAME
metric() { curl -fsS "$1/metrics" | awk -v name="artifact_cache_$2" '$1 == name { print $2 }'; }

compile() {
  local source
  for source in "$program"/*.cpp; do
    ccache "${CXX:-c++}" -std=c++17 -O2 -c "$source" -o "$work/$(basename "$source").o"
  done
  "${CXX:-c++}" "$work"/*.o -o "$work/program"
  "$work/program"
}

# pass NAME URL
pass() {
  local name=$1 url=$2 hits misses errors served
  # A cache path of its own for each run, so that the first pass misses.
  export CCACHE_REMOTE_STORAGE="$url/cache/drive-$(basename "$work")"
  # ccache gives up a service that does not answer within 100 ms and compiles; ask first.
  curl -fsS --max-time 10 "$url/healthz" >/dev/null
  served=$(metric "$url" hits_total)
  ccache --zero-stats >/dev/null
  rm -f "$work"/*.o "$work/program"
  compile >"$work/$name.out"
  hits=$(($(stat_of direct_cache_hit) + $(stat_of preprocessed_cache_hit)))
  misses=$(stat_of cache_miss)
  errors=$(($(stat_of remote_storage_error) + $(stat_of remote_storage_timeout)))
  served=$(($(metric "$url" hits_total) - served))
  echo "$name pass: $misses misses, $hits hits, $errors errors; the service found $served artifacts"
  found=$served
  result="$misses $hits $errors"
}

count=$(find "$program" -name '*.cpp' | wc -l)
pass first "$first"
[[ $result == "$count 0 0" ]] || { echo "expected $count misses in the first pass" >&2; exit 1; }
pass second "$second"
[[ $result == "0 $count 0" ]] || { echo "expected $count hits in the second pass" >&2; exit 1; }
# A result and the manifest that leads to it, for each source.
((found >= count)) || { echo "the service found only $found artifacts" >&2; exit 1; }
cmp "$work/first.out" "$work/second.out"
echo "the program prints the same both times"

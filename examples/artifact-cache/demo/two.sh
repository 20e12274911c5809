#!/usr/bin/env bash
# Two services on one store: what ccache stores through the first, which is then killed, the second
# gives it.
#
#   two.sh PATH-OF-ARTIFACT-CACHE STORE
set -euo pipefail

usage='usage: two.sh PATH-OF-ARTIFACT-CACHE STORE'
binary=${1:?$usage}
store=${2:?$usage}
demo=$(cd "$(dirname "$0")" && pwd)

services=()
urls=()
trap 'kill "${services[@]}" 2>/dev/null || true' EXIT

for _ in first second; do
  exec {output}< <(exec "$binary" --listen 127.0.0.1:0 --store "$store")
  services+=($!)
  read -r -u "$output" line
  urls+=("http://${line#listening on }")
done
echo "two services listen: ${urls[*]}"

"$demo/drive.sh" "${urls[@]}"

kept="${urls[0]}/cache/kept"
curl -fsS -T - "$kept" <<<"stored through the first"
kill -KILL "${services[0]}"
[ "$(curl -fsS "${urls[1]}/cache/kept")" = "stored through the first" ]
echo "the first was killed; the second gives what was stored through it"

kill "${services[1]}"
wait "${services[1]}"

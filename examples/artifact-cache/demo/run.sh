#!/usr/bin/env bash
# Starts the service, drives it with ccache, tortures it, and stops it.
#
#   run.sh PATH-OF-ARTIFACT-CACHE [STORE]
#
# STORE is `filesystem:` or `tombolo:file://`, which a fresh folder follows, or the whole of another store.
set -euo pipefail

binary=${1:?usage: run.sh PATH-OF-ARTIFACT-CACHE [STORE]}
demo=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

store=${2:-filesystem:}
case $store in
  filesystem: | tombolo:file://) store+=$folder ;;
esac

# The service's first line comes through a pipe, so reading it is waiting for the service.
exec {output}< <(exec "$binary" --listen 127.0.0.1:0 --store "$store")
service=$!
trap 'kill "$service" 2>/dev/null || true; rm -rf "$folder"' EXIT
read -r -u "$output" line
url=http://${line#listening on }
echo "the service listens on $url"

"$demo/drive.sh" "$url"
python3 "$demo/torture.py" "$url"

kill "$service"
wait "$service"
echo "the service was told to end, and did"

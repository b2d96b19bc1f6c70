#!/usr/bin/env bash
# Debian's whole catalogue of packages in a NATS bucket, and a fold of it on this disk.
#   run.sh [DIRECTORY]      works in DIRECTORY, or in a temporary one that it removes
# Needs apt-cache, python3, the slipstream command on the PATH (or $SLIPSTREAM) and a nats-server on
# the PATH (or $SLIP_NATS_SERVER), which it starts on a free port and stops.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
slipstream=${SLIPSTREAM:-slipstream}
server=${SLIP_NATS_SERVER:-$(PATH="$PATH:/usr/sbin" command -v nats-server || true)}
[ -n "$server" ] || { echo "run.sh: no nats-server on the PATH (set SLIP_NATS_SERVER)" >&2; exit 1; }

directory=${1:-}
temporary=
[ -n "$directory" ] || { temporary=$(mktemp -d); directory=$temporary; }
mkdir -p "$directory"
server_pid=
finish() {
  if [ -n "$server_pid" ]; then
    kill "$server_pid" 2> /dev/null || true
    wait "$server_pid" 2> /dev/null || true
  fi
  [ -z "$temporary" ] || rm -rf "$temporary"
}
trap finish EXIT
trap 'exit 130' INT TERM

echo "== The catalogue as JSON lines"
apt-cache dumpavail | python3 "$here/catalogue.py" > "$directory/packages.jsonl"
packages=$(wc -l < "$directory/packages.jsonl")
[ "$packages" -gt 0 ] || { echo "run.sh: apt knows no packages (run apt-get update)" >&2; exit 1; }

echo "== A nats-server of our own"
"$server" --addr 127.0.0.1 --port -1 --jetstream --store_dir "$directory/nats" \
  --ports_file_dir "$directory" > "$directory/nats.log" 2>&1 &
server_pid=$!
ports="$directory/nats-server_$server_pid.ports"
until [ -s "$ports" ]; do
  kill -0 "$server_pid" 2> /dev/null || { cat "$directory/nats.log" >&2; exit 1; }
  sleep 0.1
done
export SLIPSTREAM_SERVER=$(grep -o 'nats://[0-9.:]*' "$ports" | head -1)

echo "== Load the bucket: names that keys do not allow are encoded"
"$slipstream" bucket create packages --quiet > /dev/null
"$slipstream" kv load packages "$directory/packages.jsonl" --encode-keys

echo "== Stream it into a fold"
"$slipstream" watch packages "$directory/fold" --until caught-up
entries=$("$slipstream" fold stat "$directory/fold" --json |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["entries"])')
echo "$packages packages in the catalogue, $entries entries in the fold"
[ "$packages" = "$entries" ] || { echo "run.sh: the counts differ" >&2; exit 1; }

echo "== g++, by its own name"
"$slipstream" fold get "$directory/fold" g++ --encode-keys
echo
echo "== Everything that begins with libstdc++-12"
"$slipstream" fold range "$directory/fold" --prefix libstdc++-12 --encode-keys --decode-keys --keys
echo "== The fold and the bucket, compared"
"$slipstream" fold diff "$directory/fold" bucket:packages

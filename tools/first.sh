#!/usr/bin/env bash
# The way of a newcomer: from a clone, by the first command of the README, to the first message.
# Prints how long that took; with empty caches nearly all of it is Go, which compiles. Needs
# mosquitto-clients and jq. Ends what it has started.
set -euo pipefail
set -m # what is started has a process group of its own, and ends whole
cd "$(dirname "$0")/.."
work=$(mktemp -d)
began=$(date +%s%N)
seconds() { awk -v from="$began" -v to="$(date +%s%N)" 'BEGIN { printf "%.1f", (to - from) / 1e9 }'; }

go run ./cmd/teahouse dev --listen-mqtt 127.0.0.1:0 --listen-ws 127.0.0.1:0 --listen-admin 127.0.0.1:0 \
	--ready-file "$work/ready" >"$work/said" 2>&1 &
server=$!
trap 'kill -- -$server 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
until [ -s "$work/ready" ]; do
	kill -0 "$server" 2>/dev/null || { cat "$work/said" >&2; exit 1; }
	read -rt 0.1 <> <(:) || true
done
ready=$(seconds)

mqtt=$(jq -r .mqtt "$work/ready")
# shellcheck source=/dev/null
. "$(sed -n 's/^ *\. //p' "$work/said" | head -n 1)"
at=(-V 5 -h "${mqtt%:*}" -p "${mqtt##*:}")
mosquitto_sub "${at[@]}" -u bob -P "$BOB" -t 'im/in/#' -C 1 -W 60 >"$work/heard" &
bob=$!
while kill -0 "$bob" 2>/dev/null; do # until bob listens
	mosquitto_pub "${at[@]}" -u alice -P "$ALICE" -q 1 -t im/text/c2c/bob -m 'hello bob'
	read -rt 0.1 <> <(:) || true
done
grep -q 'hello bob' "$work/heard" || { echo 'bob heard nothing' >&2; exit 1; }
printf 'ready after %s s, the first message after %s s\n' "$ready" "$(seconds)"

#!/usr/bin/env bash
# Puts the same load on teahouse, on mosquitto and on the bare MQTT library, one
# after the other, several times over, and prints the median of each figure:
# what docs/performance.md shows. Loopback only; ends by itself; needs mosquitto
# (apt-get install mosquitto), without it that column stays empty. The figures
# include each broker's CPU a message and resident memory.
#
#   [BEFORE=path of an older teahouse] tools/compare.sh [ROUNDS] [SECONDS]
#
# BEFORE adds a column: the same loads on that program, by turns with this one.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3} seconds=${2:-8}

work=$(mktemp -d)
pids=()
stop() { # end only what was started here
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	wait 2>/dev/null || true
	pids=()
}
trap 'stop; rm -rf "$work"' EXIT

CGO_ENABLED=0 go build -trimpath -pgo cmd/teahouse/release.pgo -ldflags '-s -w' -o "$work/teahouse" ./cmd/teahouse # as shipped
[ -z "${BEFORE:-}" ] || cp "$BEFORE" "$work/before"
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$work/barebroker" ./examples/barebroker

cat >"$work/mosquitto.conf" <<'CONF'
listener 18831 127.0.0.1
allow_anonymous true
persistence false
max_queued_messages 0
max_inflight_messages 200
set_tcp_nodelay true
CONF

# start NAME: begins a broker, leaves its pid in $pid and bench's flags in $flags.
start() {
	case $1 in
	teahouse | before)
		"$work/$1" dev --no-limits --listen-mqtt 127.0.0.1:0 --listen-ws 127.0.0.1:0 --listen-admin 127.0.0.1:0 \
			--ready-file "$work/ready" >"$work/$1.log" 2>&1 &
		flags=(--ready-file "$work/ready")
		;;
	mosquitto)
		mosquitto -c "$work/mosquitto.conf" >/dev/null 2>&1 &
		flags=(--plain --addr 127.0.0.1:18831)
		;;
	barebroker)
		"$work/barebroker" --listen-mqtt 127.0.0.1:18832 >/dev/null 2>&1 &
		flags=(--plain --addr 127.0.0.1:18832)
		;;
	esac
	pid=$!
	pids+=("$pid")
	for _ in $(seq 100); do
		case $1 in
		teahouse | before) [ -s "$work/ready" ] && return ;;
		*) (: <"/dev/tcp/127.0.0.1/${flags[2]##*:}") 2>/dev/null && return ;;
		esac
		read -rt 0.1 <> <(:) || true
	done
	echo "$1 did not start" >&2
	exit 1
}

# run WORK FLAGS...: one line "work broker figure value" per figure.
run() {
	local name=$1
	shift
	for broker in "${order[@]}"; do
		command -v "$broker" >/dev/null || [ -x "$work/$broker" ] || continue
		rm -f "$work/ready"
		start "$broker"
		"$work/teahouse" bench "${name%%-*}" "${flags[@]}" --pid "$pid" --json "$@" |
			awk -v work="$name" -v broker="$broker" -F'[:,]' '
				/"(P50|P99|[a-z_0-9]+)":/ && $2 ~ /^ *-?[0-9.e+]+ *$/ {
					gsub(/[" ]/, "", $1); gsub(/ /, "", $2); print work, broker, $1, $2
				}' >>"$work/figures"
		stop
	done
}

order=(before teahouse mosquitto barebroker)
for _ in $(seq "$rounds"); do
	run pairs --duration "${seconds}s"
	run gateway-1 --window 1 --duration "${seconds}s"
	run gateway-256 --window 256 --duration "${seconds}s"
	run group --duration "${seconds}s"
	run idle --duration 2s
	run storm
	order=("${order[@]:1}" "${order[0]}") # who runs first may find the machine at its best
done

awk '
	function flush() {
		if (n) printf "%-12s %-36s %-11s %14.1f  (%.1f to %.1f)\n", w, f, b, v[int((n + 1) / 2)], v[1], v[n]
	}
	{ key = $1 " " $3 " " $2 }
	key != last { flush(); n = 0; last = key; w = $1; b = $2; f = $3 }
	{ n++; v[n] = $4; for (i = n; i > 1 && v[i] + 0 < v[i - 1] + 0; i--) { t = v[i]; v[i] = v[i - 1]; v[i - 1] = t } }
	END { flush() }
' <(sort -k1,1 -k3,3 -k2,2 "$work/figures")

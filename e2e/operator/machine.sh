# Read by path.sh: what a machine with systemd has and a folder tree without it has not. Each
# stands for the command that the pages name.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=$PYTHON # one that has the library for MQTT

sudo() { # sudo -u USER COMMAND...
	local user=$2
	shift 2
	setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
}

systemctl() { # systemctl start|stop|restart|reload|daemon-reload teahouse
	local pid=/run/teahouse.service.pid
	case $1 in
	start) "$python" "$here/service.py" || { journalctl -u teahouse | tail -20 >&2; return 1; } ;;
	stop) kill -TERM "$(cat $pid)" && ended ;;
	kill) kill -KILL "$(cat $pid)" && ended ;;
	restart) systemctl stop teahouse && systemctl start teahouse ;;
	reload) kill -HUP "$(cat $pid)" ;;
	daemon-reload) ;;
	esac
}

ended() { # waits until the service has ended
	tail --pid="$(cat /run/teahouse.service.pid)" -f /dev/null
}

journalctl() { # journalctl -u teahouse
	cat /run/journal
}

# until_so WHAT COMMAND...: asks again and again until it is so, for a minute at most. Files and
# other programs tell of nothing by themselves.
until_so() {
	local what=$1 until=$((SECONDS + 60))
	shift
	until "$@" >/run/until 2>&1; do
		[ $SECONDS -lt $until ] || fail "not within a minute: $what: $(cat /run/until)"
		sleep 0.1
	done
}

fail() { echo "$*" >&2; exit 1; }
counted() { [ "$(wc -l <"$1")" -ge "$2" ]; } # does a file have so many lines?

rm -f /var/lib/man-db/auto-update # the pages of man of a whole machine are not looked through

began=$(date +%s%N)
step() { printf '== %4d.%d s  %s\n' $((($(date +%s%N) - began) / 1000000000)) $((($(date +%s%N) - began) / 100000000 % 10)) "$*"; }

authority() { # makes an authority of our own, here: ca.key, ca.pem
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj '/CN=our authority' -keyout ca.key -out ca.pem 2>/dev/null
}

certify() { # certify NAME: its key and certificate, here
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>/dev/null
	openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 90 -out "$1.pem" \
		-extfile <(printf 'subjectAltName=DNS:%s' "$1") 2>/dev/null
}

secret() { # secret FILE: a key that root makes and the service reads
	(umask 077; openssl rand -hex 32 >"$1")
	chgrp teahouse "$1" && chmod 0640 "$1"
}

place() { # place KEYFILE KEYFILE: tells the people where the server is, and the keys of both apps
	jq -n --rawfile one "$1" --rawfile two "$2" '{host: "im.example.com", mqtts: 8883, wss: 443, admin: 8090, ca: "ca.pem",
		apps: {"1400000001": ($one | rtrimstr("\n")), "1400000002": ($two | rtrimstr("\n"))}}' >people.json
}

printed_key() { awk '$1 == "key" && NF == 2 { print $2 }' "$1"; } # of what "app add" has printed

#!/usr/bin/env bash
# A chat in a terminal, with mosquitto's clients and jq:
#
#     examples/bash/chat.sh USER CONVERSATION          chat.sh alice c2c/bob
#
# What you type is sent, "/history" shows the last 20 messages, Ctrl-D ends it. It needs
# TICKET, or IM_SDKAPPID and IM_KEY to make one with "teahouse usersig make"; the file
# of tickets of "teahouse dev" sets the latter two. TEAHOUSE_HOST and TEAHOUSE_PORT say
# where the server is, TEAHOUSE how the program is called.
#
# The server remembers how far this device is (a persistent session): what was said while
# the script did not run comes at its next start. A line that could not be sent is sent
# again with the same ClientMsgId, so it never arrives twice.
set -euo pipefail
[ $# -eq 2 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
user=$1 conv=$2 host=${TEAHOUSE_HOST:-127.0.0.1} port=${TEAHOUSE_PORT:-1883}
escaped() { jq -rn --arg id "$1" '$id | @uri'; } # as ids stand in topics and in the user name

ticket=${TICKET:-}
if [ -z "$ticket" ]; then # in production your backend makes it, and its key stays there
	ticket=$("${TEAHOUSE:-teahouse}" usersig make --sdkappid "${IM_SDKAPPID:?}" --user "$user" --key-file <(printf %s "${IM_KEY:?}"))
fi

# The clients read their options from files, so that the ticket is in no list of processes.
state=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$state"' EXIT
for client in mosquitto_sub mosquitto_pub mosquitto_rr; do
	printf -- '-V mqttv5\n-h %s\n-p %s\n-u %s\n-P %s\n' "$host" "$port" "$(escaped "$user")" "$ticket" >"$state/$client"
done
export XDG_CONFIG_HOME=$state

# show prints messages, one JSON object a line. jq writes texts as they are, so what could
# move the cursor is taken out first. A message that came already is passed over: MsgSeq
# counts from 1 in each conversation.
show() {
	jq -rn --unbuffered 'foreach inputs as $m ({}; ($m.GroupId // ([$m.From_Account, $m.To_Account] | sort | tostring)) as $c
		| .new = (($m.MsgSeq // 1e18) > (.last[$c] // 0)) | if $m.MsgSeq and .new then .last[$c] = $m.MsgSeq else . end;
		select(.new) | [$m.MsgBody[]? | .MsgContent.Text // "[\(.MsgType)]"] | join("") | gsub("[[:cntrl:]]"; " ")
		| (if $m.GroupId then "[\($m.GroupId)] " else "" end) + "\($m.From_Account): \(.)")'
}

# listen prints what comes. mosquitto_sub connects again by itself once it was let in.
listen() {
	mosquitto_sub -i "chat-$user" -c -x 604800 -q 1 -t 'im/in/#' -F '%p' | show
}

# send keeps at it until the line has been acknowledged, which means that it is stored. When
# the server refuses it, mosquitto_pub prints why.
send() {
	local topic body wait=1
	topic=im/send/${conv%%/*}/$(escaped "${conv#*/}")
	body=$(jq -cn --arg text "$1" --arg id "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" \
		'{ClientMsgId: $id, MsgBody: [{MsgType: "TIMTextElem", MsgContent: {Text: $text}}]}')
	until mosquitto_pub -q 1 -t "$topic" -m "$body"; do
		sleep "$wait"
		wait=$((wait < 60 ? wait * 2 : 60))
	done
}

history() {
	mosquitto_rr -W 10 -t im/req/msg.history -e "im/res/$$" -m "$(jq -cn --arg conv "$conv" '{Conv: $conv, Limit: 20}')" |
		jq -c 'if .ErrorCode == 0 then .MsgList | sort_by(.MsgSeq)[] else error(.ErrorInfo) end' | show
}

listen &
while IFS= read -r line; do
	case $line in
	'') ;;
	/history) history ;;
	*) send "$line" ;;
	esac
done

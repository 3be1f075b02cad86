#!/usr/bin/env bash
# A backend's call of the REST commands, with curl and a ticket that is made for it:
#
#     examples/bash/rest.sh COMMAND [BODY]
#     examples/bash/rest.sh openim/query_online_status '{"To_Account":["bob"]}'
#
# It prints the answer, and ends with 1 when the command was refused. It needs IM_REST,
# IM_SDKAPPID and IM_KEY, which the file of tickets of "teahouse dev" sets; TEAHOUSE says how
# the program is called. A backend keeps its ticket until it expires; the script makes a new
# one each time.
#
# curl repeats the call when it was not answered. Most commands change nothing the second
# time; give a message a ClientMsgId, by which it is known again (docs/rest.md, "Send again").
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
admin=${IM_IDENTIFIER:-administrator}
ticket=$("${TEAHOUSE:-teahouse}" usersig make --sdkappid "${IM_SDKAPPID:?}" --user "$admin" --expire 5m --key-file <(printf %s "${IM_KEY:?}"))
random=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')

# The address has the ticket in it, so curl reads it from a file and not from the command line.
answer=$(curl --silent --show-error --max-time 15 --retry 5 --retry-connrefused --config - --data "${2:-{\}}" <<-END
	url = "${IM_REST:?}/$1?sdkappid=$IM_SDKAPPID&identifier=$admin&usersig=$ticket&random=$random&contenttype=json"
END
)
printf '%s\n' "$answer"
[[ $answer =~ \"ErrorCode\":0[,}] ]] # status 200 says nothing: the number in the body does

# Read by bash in the throw-away copy of a machine: OLDER and NEWER are two versions of the package.
set -euo pipefail
older=$1 newer=$2
export DEBIAN_FRONTEND=noninteractive
config=/etc/teahouse/teahouse.yaml

fail() { echo "$*" >&2; exit 1; }
mode() { stat -c '%a %U:%G' "$1"; }
is() { [ "$2" = "$3" ] || fail "$1: $2, want $3"; }
as() { setpriv --reuid teahouse --regid teahouse --clear-groups "$@"; }

dpkg -i "$older"
id teahouse
is 'configuration' "$(mode $config)" '640 root:teahouse'
is 'its folder' "$(mode /etc/teahouse)" '750 root:teahouse'
is 'data' "$(mode /var/lib/teahouse)" '700 teahouse:teahouse'
[ -L /etc/systemd/system/multi-user.target.wants/teahouse.service ] || fail 'the service is not enabled'
as teahouse config check $config
man --where teahouse >/dev/null 2>&1 || [ -s /usr/share/man/man1/teahouse.1.gz ] || fail 'no man page'
(. /usr/share/bash-completion/completions/teahouse && COMP_WORDS=(teahouse ser) COMP_CWORD=1 && _teahouse && is 'completion' "${COMPREPLY[*]}" serve)

echo '== the user of the service makes an app, an administrator changes the configuration'
as teahouse app add --config $config --name kept
echo '# changed here' >>$config

echo '== upgrade'
dpkg -i "$newer"
is version "$(dpkg-query -W -f '${Version}' teahouse)" 0.1.0
grep -q '# changed here' $config || fail 'the upgrade has overwritten the configuration'
is 'configuration' "$(mode $config)" '640 root:teahouse'
as teahouse app list --config $config | grep -q kept || fail 'the upgrade has lost the data'

echo '== remove'
dpkg -r teahouse
[ ! -e /usr/bin/teahouse ] || fail 'the program is still there'
[ -d /var/lib/teahouse ] && grep -q '# changed here' $config || fail 'a removal takes data or configuration'

echo '== install again'
dpkg -i "$newer"
as teahouse app list --config $config | grep -q kept || fail 'the data is lost'
[ -L /etc/systemd/system/multi-user.target.wants/teahouse.service ] || fail 'the service is not enabled again'

echo '== purge'
dpkg -P teahouse
for path in /var/lib/teahouse /etc/teahouse /usr/share/doc/teahouse /etc/systemd/system/multi-user.target.wants/teahouse.service; do
	[ ! -e "$path" ] && [ ! -L "$path" ] || fail "a purge leaves $path"
done
echo 'all of it is as it should be'

#!/usr/bin/env bash
# path.sh PACKAGE NEWER: what an operator does with a Debian package, from an empty machine to the
# next release, in the order and with the commands of the pages below docs. It is run as root in a
# copy of a machine that is thrown away and has a network of its own (path_test.go).
. "$(dirname "$0")/machine.sh"
package=$1 newer=$2
doc=/usr/share/doc/teahouse
config=/etc/teahouse/teahouse.yaml
as_service() { sudo -u teahouse teahouse "$@"; }

step 'install (docs/install.md)'
dpkg -i "$package" >/dev/null
systemctl start teahouse
teahouse health
journalctl -u teahouse | grep -o 'http.*/console/#/link/[^ ]*' | head -1

step 'before it is on the internet (docs/security.md): keys'
mkdir -p /root/im && cd /root/im # what the operator keeps
install -d -m 0700 /etc/teahouse/credentials
(umask 077; openssl rand -hex 32 >/etc/teahouse/credentials/secrets.key)
install -D -m 0644 $doc/examples/credentials.conf /etc/systemd/system/teahouse.service.d/credentials.conf
secret /etc/teahouse/shop.key
secret /etc/teahouse/webhook.token

step 'a certificate of our own authority, for the server and for the app'"'"'s receiver'
printf '127.0.0.1 localhost im.example.com backend.example.com\n' >/etc/hosts
authority
certify im.example.com
certify backend.example.com
install -m 0640 -g teahouse im.example.com.key im.example.com.pem /etc/teahouse/
install -m 0644 ca.pem /usr/local/share/ca-certificates/ours.crt
update-ca-certificates --hooksdir "" >/dev/null 2>&1 # webhooks trust what the system trusts

step 'the configuration (docs/operating.md, docs/configuration.md, docs/webhooks.md, docs/push.md)'
cat >$config <<'YAML'
listen:
  mqtt: "off"        # nothing without TLS
  ws: ":80"
  redirect: true
  wss: ":443"
  mqtts: ":8883"
  admin: ":8090"
tls: {cert: /etc/teahouse/im.example.com.pem, key: /etc/teahouse/im.example.com.key}
admin: {tls: true}
web: {chat: true}
push: {hold: 1s}
apps:
  "1400000001":
    name: shop
    keys: {first: {secret_file: /etc/teahouse/shop.key}}
    administrators: [administrator]
    webhook:
      url: https://backend.example.com:8000/im
      token_file: /etc/teahouse/webhook.token
      events: [all]
    push: {webhook: {url: "https://backend.example.com:8000/push", token_file: /etc/teahouse/webhook.token}}
    limits: {group_rate: 500, groups_made_per_day: -1}
YAML
as_service config check --strict $config
systemctl restart teahouse
curl -sS -o /dev/null -w '%{http_code} %{redirect_url}\n' http://im.example.com/ | grep -x '308 https://im.example.com/'
curl -sSf --cacert ca.pem https://im.example.com/ | grep -ci '<title>' >/dev/null

step 'a second app, while it runs'
as_service app add --config $config --name clinic >added
cat added
printed_key added >clinic.key
as_service app set 1400000002 --config $config webhook.url=https://backend.example.com:8000/im \
	webhook.token_file=/etc/teahouse/webhook.token 'webhook.events=[all]' limits.group_rate=500 limits.groups_made_per_day=-1
as_service app push set 1400000002 webhook --config $config url=https://backend.example.com:8000/push token_file=/etc/teahouse/webhook.token
as_service app list --config $config

step 'their receiver'
"$python" "$here/receiver.py" backend.example.com.pem backend.example.com.key "$(cat /etc/teahouse/webhook.token)" >receiver.log 2>&1 &
until_so 'the receiver' grep -q listens receiver.log
for app in 1400000001 1400000002; do
	as_service webhook test --app $app --config $config
	as_service app push check $app --config $config
done

step 'health, over TLS with our authority'
teahouse health https://im.example.com:8090 --ca ca.pem
as_service health --config $config

step 'Prometheus'
install -D -m 0644 $doc/examples/prometheus/alerts.yaml /etc/prometheus/teahouse/alerts.yaml
install -m 0644 ca.pem /etc/prometheus/teahouse/ca.pem
install -m 0640 -g prometheus /var/lib/teahouse/server.token /etc/prometheus/teahouse/teahouse.token
cat >/etc/prometheus/teahouse/prometheus.yaml <<'YAML'
global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms} # not to wait long here
rule_files: [alerts.yaml]
scrape_configs:
  - job_name: teahouse
    scheme: https
    tls_config: {ca_file: ca.pem}
    authorization: {credentials_file: teahouse.token}
    static_configs:
      - targets: ["im.example.com:8090"]
YAML
promtool check config /etc/prometheus/teahouse/prometheus.yaml
install -d -o prometheus /var/lib/prometheus/teahouse
(cd /var/lib/prometheus/teahouse && exec setpriv --reuid prometheus --regid prometheus --clear-groups prometheus \
	--config.file=/etc/prometheus/teahouse/prometheus.yaml --storage.tsdb.path=. --web.listen-address=127.0.0.1:9090 >/run/prometheus.log 2>&1) &

step 'people of both apps, and load'
place /etc/teahouse/shop.key clinic.key
"$python" "$here/people.py" arrive
"$python" "$here/load.py" >load.log 2>&1 & load=$!
until_so 'load' counted load.jsonl 400

step 'the dashboard has data'
until_so Prometheus curl -sSf http://127.0.0.1:9090/-/ready
"$python" "$here/dashboard.py" http://127.0.0.1:9090 $doc/examples/grafana/teahouse.json

step 'the receiver goes away; what it is to be told waits'
touch away
"$python" "$here/people.py" away
already=$(wc -l <load.jsonl)
until_so 'more load' counted load.jsonl $((already + 100))

step 'backup under load (docs/backup.md)'
grep -F '"till"' load.jsonl >before.jsonl
install -d -m 0700 -o teahouse -g teahouse /var/backups/teahouse
file=/var/backups/teahouse/$(date -u +%F).backup
as_service backup --config $config --out "$file"
as_service verify "$file"

step 'what happens after it is lost with the machine'
rm away
"$python" "$here/people.py" lost
told() { # is the receiver told what has waited, of both apps, and are the pushes there?
	local app what
	for app in 1400000001 1400000002; do
		for what in 'kept for carol' 'kept for the team' PushId; do
			grep -F "\"app\": \"$app\"" told.jsonl | grep -cF "\"$what\"" || return 1
		done
	done
}
until_so 'the receiver is told what has waited' told
already=$(wc -l <load.jsonl)
until_so 'more load' counted load.jsonl $((already + 100))
kill -TERM $load
wait $load || { cat load.log; exit 1; }
systemctl kill teahouse
mv told.jsonl told-before.jsonl

step 'restore into a fresh folder'
mv /var/lib/teahouse /var/lib/teahouse.lost
install -d -m 0700 -o teahouse -g teahouse /var/lib/teahouse
as_service restore "$file" --data /var/lib/teahouse
as_service verify --data /var/lib/teahouse
systemctl start teahouse
as_service health --config $config
"$python" "$here/people.py" back
until_so 'the receiver is told again' told
nothing_waits() {
	curl -sSf --cacert ca.pem -H "Authorization: Bearer $(cat /var/lib/teahouse/server.token)" https://im.example.com:8090/metrics | grep -x 'teahouse_outbox_depth 0'
}
until_so 'the receiver is told everything' nothing_waits
"$python" "$here/check.py"

step 'a server of the release before, in place of this one'
systemctl stop teahouse
rm -rf /var/lib/teahouse /etc/teahouse/credentials /etc/systemd/system/teahouse.service.d
tar -C / -xzf "$here/testdata/previous.tar.gz" # its configuration, keys and data, all of the user of the service
chown -R teahouse:teahouse /var/lib/teahouse
chgrp -R teahouse /etc/teahouse
cp /etc/teahouse/webhook.token /etc/teahouse/webhook.key # the app's server is the one of before
place /etc/teahouse/shop.key /etc/teahouse/clinic.key
mv /etc/teahouse/known.json known.json
mv told.jsonl told-restored.jsonl

step 'upgrade (docs/upgrade.md)'
as_service config check $config
as_service backup --config $config --out /var/backups/teahouse/before.backup
dpkg -i --force-confold "$newer" >/dev/null
teahouse version
systemctl start teahouse
curl -sSf --cacert ca.pem https://im.example.com:8090/readyz
"$python" "$here/people.py" upgraded
until_so 'the receiver is told what waited for the new release' grep -qF '"before the upgrade"' told.jsonl

step 'and back (docs/upgrade.md, Going back)'
systemctl stop teahouse
rm -rf /var/lib/teahouse && install -d -m 0700 -o teahouse -g teahouse /var/lib/teahouse
as_service restore /var/backups/teahouse/before.backup --data /var/lib/teahouse
systemctl start teahouse
"$python" "$here/people.py" upgraded
systemctl stop teahouse
echo 'all of it is as it should be'

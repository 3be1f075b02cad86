#!/usr/bin/env bash
# previous.sh PROGRAM OUTPUT: makes testdata/previous.tar.gz with the program of a release: the
# configuration, keys and data of a server whose people have written, and whose webhook events wait
# for a receiver. It is run like path.sh, when a release is made; a file of a release that is out is
# not made anew.
. "$(dirname "$0")/machine.sh"
program=$1 output=$2
config=/etc/teahouse/teahouse.yaml
install -m 0755 "$program" /usr/bin/teahouse
adduser --system --group --quiet --no-create-home --home /var/lib/teahouse teahouse
install -d -m 0700 -o teahouse -g teahouse /var/lib/teahouse
install -d -m 0750 -g teahouse /etc/teahouse
mkdir -p /root/im && cd /root/im
printf '127.0.0.1 localhost im.example.com backend.example.com\n' >/etc/hosts
authority
certify im.example.com
install -m 0640 -g teahouse im.example.com.key im.example.com.pem /etc/teahouse/
for name in shop webhook secrets; do secret /etc/teahouse/$name.key; done
cat >$config <<'YAML'
listen: {mqtt: "off", ws: ":8083", mqtts: ":8883", admin: ":8090"}
tls: {cert: /etc/teahouse/im.example.com.pem, key: /etc/teahouse/im.example.com.key}
admin: {tls: true}
secrets: {key_file: /etc/teahouse/secrets.key}
apps:
  "1400000001":
    name: shop
    keys: {first: {secret_file: /etc/teahouse/shop.key}}
    administrators: [administrator]
    retention: 0s
    webhook:
      url: https://backend.example.com:8000/im
      token_file: /etc/teahouse/webhook.key
      events: [all]
      keep: 876000h
YAML
sudo -u teahouse teahouse app add --config $config --sdkappid 1400000002 --name clinic >added
install -m 0640 -g teahouse <(printed_key added) /etc/teahouse/clinic.key
place /etc/teahouse/shop.key /etc/teahouse/clinic.key
sudo -u teahouse sh -c "echo \$\$ >/var/lib/teahouse/pid; exec teahouse serve --config $config --ready-file /var/lib/teahouse/ready" >log 2>&1 &
until_so 'the server' test -s /var/lib/teahouse/ready
"$python" "$here/people.py" previous
kill -TERM "$(cat /var/lib/teahouse/pid)" && wait
install -m 0600 known.json /etc/teahouse/known.json
rm -rf /var/lib/teahouse/{ready,pid,search,history,control.sock,server.token,console.link} /etc/teahouse/im.example.com.*
tar -C / --owner=0 --group=0 -czf "$output" etc/teahouse var/lib/teahouse

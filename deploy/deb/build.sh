#!/usr/bin/env bash
# build.sh PROGRAM ARCH OUTPUT: makes the Debian package of a built program. What is not the
# program's own it makes by running it: HOST names one that runs on this machine, when PROGRAM
# is for another. The same input gives the same bytes: all times are that of SOURCE_DATE_EPOCH,
# or of the last commit. SBOM may name a list of what the program is made of, VERSION another
# version than the program tells, COMPRESSION and LEVEL another
# method than xz.
set -euo pipefail
[ $# -eq 3 ] || { echo 'usage: build.sh PROGRAM ARCH OUTPUT' >&2; exit 2; }
program=$(realpath "$1") arch=$2 output=$(realpath -m "$3")
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
host=$(realpath "${HOST:-$program}")
sbom=${SBOM:+$(realpath "$SBOM")}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022

version=${VERSION:-$("$host" version --json | sed -n 's/^{"version":"\([^"]*\)".*/\1/p')}
[ -n "$version" ] || { echo "$host does not tell its version" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
doc=$root/usr/share/doc/teahouse

put() { install -D -m "$1" "$2" "$root/$3"; }
packed() { gzip -9 -n >"$1"; }

put 0755 "$program" usr/bin/teahouse
put 0644 "$top/deploy/systemd/teahouse.service" usr/lib/systemd/system/teahouse.service
put 0644 "$top/deploy/systemd/credentials.conf" usr/share/doc/teahouse/examples/credentials.conf
for file in prometheus/prometheus.yaml prometheus/alerts.yaml grafana/teahouse.json; do
	put 0644 "$top/deploy/$file" "usr/share/doc/teahouse/examples/$file"
done
put 0644 "$here/lintian-overrides" usr/share/lintian/overrides/teahouse
put 0644 "$here/copyright" usr/share/doc/teahouse/copyright
[ -z "$sbom" ] || put 0644 "$sbom" usr/share/doc/teahouse/teahouse.cdx.json
printf 'teahouse (%s) unstable; urgency=medium\n\n  * See the changelog of the source beside this file.\n\n -- %s  %s\n' "$version" \
	"$(sed -n 's/^Maintainer: //p' "$here/control")" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | packed "$doc/changelog.gz"
for page in "$top"/*.md "$top"/docs/*.md; do
	put 0644 "$page" "usr/share/doc/teahouse/$(basename "$page")"
done

install -d "$root/etc/teahouse" "$root/usr/share/man/man1"
"$host" config default >"$root/etc/teahouse/teahouse.yaml"
chmod 0750 "$root/etc/teahouse"
chmod 0640 "$root/etc/teahouse/teahouse.yaml"
"$host" man --date "$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)" | packed "$root/usr/share/man/man1/teahouse.1.gz"
for shell in bash:bash-completion/completions/teahouse zsh:zsh/vendor-completions/_teahouse fish:fish/vendor_completions.d/teahouse.fish; do
	install -d "$root/usr/share/$(dirname "${shell#*:}")"
	"$host" completion "${shell%%:*}" >"$root/usr/share/${shell#*:}"
done

install -d "$root/DEBIAN"
size=$(find "$root" -type f -printf '%s\n' | awk '{ n += int(($1 + 1023) / 1024) } END { print n }')
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" -e "s/@SIZE@/$size/" "$here/control" >"$root/DEBIAN/control"
install -m 0644 "$here/conffiles" "$root/DEBIAN/conffiles"
install -m 0755 "$here/postinst" "$here/prerm" "$here/postrm" "$root/DEBIAN/"
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\n' | sort | grep -v '^etc/' | xargs -d '\n' md5sum >DEBIAN/md5sums)
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$(dirname "$output")"
dpkg-deb --root-owner-group "-Z${COMPRESSION:-xz}" "-z${LEVEL:-6}" --build "$root" "$output" >/dev/null
echo "$output"

#!/bin/sh
# systemd - the unit is understood without a word and hardened to 2.5 or better.
set -eu
command -v systemd-analyze >/dev/null || {
	echo 'systemd-analyze is not installed: unit not checked' >&2; exit 0; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
# verify wants the programs of ExecStart and the man pages to be there.
sed -e "s|^ExecStart=[^ ]*|ExecStart=/bin/true|; s|^ExecReload=[^ ]*|ExecReload=/bin/true|" \
    -e '/^Documentation=/d' systemd/retentiond.service >"$dir/retentiond.service"
said=$(systemd-analyze verify "$dir/retentiond.service" 2>&1) || {
	printf '%s\n' "$said"; exit 1; }
# It exits 0 for unknown keys and only says so.
[ -z "$said" ] || { printf '%s\n' "$said"; exit 1; }
systemd-analyze security --offline=true --threshold=25 "$dir/retentiond.service" |
    tail -1
systemd-analyze security --offline=true --threshold=25 "$dir/retentiond.service" >/dev/null

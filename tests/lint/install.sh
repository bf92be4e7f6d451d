#!/bin/sh
# install - what is installed runs from there, and uninstalling leaves nothing.
# usage: install.sh MAKE
set -eu
make=$1
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
"$make" --no-print-directory install DESTDIR="$dir" >/dev/null
"$dir/usr/local/sbin/retentiond" --version
"$dir/usr/local/bin/retentionctl" --version
for page in "$dir"/usr/local/share/man/man*/*; do
	! command -v mandoc >/dev/null || mandoc -Tlint -W warning "$page"
done
"$make" --no-print-directory uninstall DESTDIR="$dir" >/dev/null
# Below another PREFIX, out of the same build: it finds its worker there.
opt=$dir/opt
"$make" --no-print-directory install PREFIX="$opt" >/dev/null
grep -qF "$opt/libexec/retentiond" "$opt/sbin/retentiond" ||
	{ echo "it would look for its worker elsewhere"; exit 1; }
"$make" --no-print-directory uninstall PREFIX="$opt" >/dev/null
"$make" --no-print-directory all >/dev/null
left=$(find "$dir" ! -type d)
[ -z "$left" ] || { printf 'left behind:\n%s\n' "$left"; exit 1; }

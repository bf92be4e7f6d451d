#!/bin/sh
# mask: the masker and the reference masker (tests/lib/mask_ref.py) agree on
# every line of generated logs.  RETENTION_MASK_LINES says on how many.
set -eu
export LC_ALL=C		# lengths are bytes
here=$(cd "$(dirname "$0")/.." && pwd)
filter=${RETENTION_BUILD:-build/release}/tests/mask_filter
lines=${RETENTION_MASK_LINES:-50000}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0
bad=0

result() {	# STATUS TEXT
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else
		echo "not ok $n - $2"; bad=1
	fi
}

compare() {	# WHAT LINES SEED
	python3 "$here/lib/mask_ref.py" generate "$2" "$3" >"$dir/in"
	python3 "$here/lib/mask_ref.py" mask "$1" <"$dir/in" >"$dir/want" &
	"$filter" "$1" <"$dir/in" >"$dir/got"
	wait
	cmp "$dir/want" "$dir/got" >&2 && ! cmp -s "$dir/in" "$dir/got"
	result $? "$1: $2 lines as the reference has them"
}

set +e
compare any "$lines" 1
compare client $((lines / 10)) 2
compare all $((lines / 10)) 3

"$filter" all+ <"$dir/in" >"$dir/kept"
sed 's/ *$//' "$dir/kept" >"$dir/kept.cut"
sed 's/ *$//' "$dir/got" | cmp -s - "$dir/kept.cut" &&
    LC_ALL=C awk '{ print length }' "$dir/in" >"$dir/a" &&
    LC_ALL=C awk '{ print length }' "$dir/kept" | cmp -s - "$dir/a"
result $? "all, lengths kept: the same lines, each as long as it was"

"$filter" all <"$dir/got" >"$dir/again"
cmp -s "$dir/got" "$dir/again"
result $? "masked again: nothing changes"

echo "1..$n"
exit $bad

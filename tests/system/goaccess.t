#!/bin/sh
# goaccess: an analyser reads a masked log as it read the log: as many lines
# valid and as many not, as many bytes sent, whatever is masked.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
filter=${RETENTION_BUILD:-build/release}/tests/mask_filter
lines=${RETENTION_MASK_LINES:-5000}
for tool in goaccess jq; do
	command -v $tool >/dev/null && continue
	echo "1..0 # SKIP $tool is not there"
	exit 0
done
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

count() {	# FILE
	goaccess "$1" --no-global-config --log-format=COMBINED \
	    -o "$dir/said.json" >/dev/null 2>&1
	jq -c '.general | [.total_requests, .valid_requests, .failed_requests,
	    .bandwidth]' "$dir/said.json"
}

{
	python3 "$here/lib/mask_ref.py" generate "$lines" 4
	# Odd, but taken by the analyser; and some that it refuses.
	t='[22/Nov/2026:10:00:00 +0000]'
	for who in 192.0.2.1 2001:db8::1 ::ffff:192.0.2.1 ::1 host.example.org -; do
		for user in - jo "" "a b" jo@example.org '"'; do
			for url in / '/?' '/?a=1&b=2' '/a%20b?q=jo@example.org' \
			    '*' '//x?y#z' '/\x22?\x22'; do
				printf '%s - %s %s "GET %s HTTP/1.1" 200 7 "%s" "x (%s)"\n' \
				    "$who" "$user" "$t" "$url" \
				    'https://example.net/?q=192.0.2.9' "$url"
			done
		done
	done
	printf '192.0.2.1 - - %s "-" 400 0 "-" "-"\n' "$t"
	printf '192.0.2.1 - - %s "GET /%s HTTP/1.1" 200 7 "-" "-"\n' "$t" \
	    "$(printf '%5000s' '' | tr ' ' x)"
	printf '192.0.2.1 - - %s "\\x16\\x03\\x01" 400 0 "-" "-"\n' "$t"
} >"$dir/in"
want=$(count "$dir/in")
valid=$(echo "$want" | jq '.[1]')
[ "$valid" -gt "$((lines / 3))" ]
result $? "goaccess reads the log: $want"
for what in any client all all+; do
	"$filter" "$what" <"$dir/in" >"$dir/out"
	got=$(count "$dir/out")
	same=1
	if [ "$got" = "$want" ] && ! cmp -s "$dir/in" "$dir/out"; then same=0; fi
	[ "$same" -eq 0 ] || echo "# expected $want, got $got"
	result "$same" "$what masked: the same"
done
echo "1..$n"
exit $bad

#!/bin/bash
# bench_mask.sh PROGRAM [MB] - masking a web log of MB megabytes (1024) in the
# page cache, against common tools on a slice of the same file.  Megabytes per
# second of processor time (user + system, reading included), output thrown
# away; ratios are to the masker on the same run.  Needs bash for its times.
set -eu
program=$1
mb=${2:-1024}
slice_mb=50
dir=$(mktemp -d -p "${TMPDIR:-/dev/shm}")
trap 'rm -rf "$dir"' EXIT
log=$dir/access.log
slice=$dir/slice.log
"$program" generate $((mb * 1000000)) >"$log"
head -c $((slice_mb * 1000000)) "$log" >"$slice"
TIMEFORMAT='%U %S'

cpu() {		# SECONDS of processor time of a command
	{ time "$@" >/dev/null 2>"$dir/err"; } 2>&1 | awk '{ print $1 + $2 }'
}

row() {		# NAME MB/S
	awk -v name="$1" -v v="$2" -v any="$any" -v client="$client" 'BEGIN {
	    printf "%-34s %8.0f MB/s  any: %7.1f x  client: %7.1f x\n", name, v,
	    any / v, client / v }'
}

slow() {	# NAME PROGRAM...
	command -v "$2" >/dev/null || { echo "$1: skipped, $2 is not installed"; return; }
	local name=$1 s
	shift
	s=$(cpu "$@" <"$slice")
	row "$name ($slice_mb MB)" "$(awk -v s="$s" -v m=$slice_mb 'BEGIN { print m / s }')"
}

best() {	# of three
	for _ in 1 2 3; do "$program" "$1" "$log"; done | sort -n | tail -1
}

any=$(best any)
client=$(best client)
echo "$mb MB, best of three, ratios: how many times faster than the tool"
row "read() only" "$(best read)"
row "retentiond: client field" "$client"
row "retentiond: addresses anywhere" "$any"
row "retentiond: only lines that are due" "$(best due)"
row "dry run: no line is due" "$(best plan-kept)"
row "dry run: half of them are" "$(best plan-due)"
row "retentiond: + mail, query, user" "$(best all)"
first='s/^([0-9]+\.[0-9]+\.[0-9]+)\.[0-9]+/\1.0/'
every='s/\b([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})\.[0-9]{1,3}\b/\1.0/g'
slow "sed -E: client, IPv4 only" sed -E "$first"
slow "sed -E: anywhere, IPv4 only" sed -E "$every"
slow "perl: client, IPv4 only" perl -pe "$first"
slow "perl: anywhere, IPv4 only" perl -pe "$every"
# shellcheck disable=SC2016  # awk's own fields
for awk in gawk mawk; do
	slow "$awk: client, IPv4 only" $awk '{ sub(/[0-9]+$/, "0", $1); print }'
done
slow "anonip" anonip

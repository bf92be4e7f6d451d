#!/bin/bash
# bench_mask.sh PROGRAM [MB [PASS]] - masking a web log of MB megabytes (1024) in the
# page cache, against common tools on a slice of the same file.  Megabytes per
# second of processor time (user + system, reading included), output thrown
# away; ratios are to the masker on the same run.  Needs bash for its times.
set -eu
program=$1
mb=${2:-1024}
pass=${3:-}	# bench_files: whole passes over log files
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
slow "anonip: client (apt install anonip)" anonip

[ -n "$pass" ] || exit 0

times() {	# WALL and processor SECONDS of a command, as "wall cpu"
	{ TIMEFORMAT='%R %U %S'; time "$@" >"$dir/out"; } 2>&1 |
	    awk '{ print $1, $2 + $3 }'
}

pipe() {	# what the pass does, by the common tools
	gzip -dc "$dir/pipe.gz" | gzip -6 >"$dir/pipe.new" && sync "$dir/pipe.new"
}

median() {	# of COLUMN of three lines
	sort -n -k "$1,$1" | awk -v c="$1" 'NR == 2 { print $c }'
}

# A whole pass reads a file to choose and commit, rewrites it, and reads it
# again to see that it is done; the pipe reads and writes on two processors.
rm -f "$log"
: >"$dir/ours.times"
: >"$dir/pipe.times"
for _ in 1 2 3; do
	gzip -6c "$slice" >"$dir/pipe.gz"
	cp "$dir/pipe.gz" "$dir/ours.log.gz"
	touch -d '2026-11-29' "$dir/ours.log.gz"
	times "$pass" mask "$dir/ours.log.gz" >>"$dir/ours.times"
	times pipe >>"$dir/pipe.times"
done
for c in 1 2; do
	awk -v a="$(median $c <"$dir/pipe.times")" -v what="$c" \
	    -v b="$(median $c <"$dir/ours.times")" 'BEGIN {
	    printf "a pass over a .gz of %d MB: %.2f s, gzip -dc | gzip -6: %.2f s; %.2f of its speed by %s\n",
	    '"$slice_mb"', b, a, a / b, what == 1 ? "the clock" : "processor time" }'
done
peak() {	# MB of a plain log that is masked whole
	head -c $(($1 * 1000000)) "$slice" >"$dir/plain.log"
	touch -d '2026-11-29' "$dir/plain.log"
	"$pass" mask "$dir/plain.log" | awk '{ printf "%.1f", $2 / 1024 }'
}
echo "peak of memory of a pass: $(peak 5) MiB for 5 MB, $(peak $slice_mb) MiB for $slice_mb MB"

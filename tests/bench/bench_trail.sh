#!/bin/sh
# bench_trail - records appended and verified per second, the memory that
# takes, and the time against SHA-256 of the same bytes in the same run.
# BENCH_FULL=1: ten million records (some 6 GB in TMPDIR), else a million.
set -eu
bench=$1
records=1000000
[ -z "${BENCH_FULL:-}" ] || records=10000000
d=$(mktemp -d "${TMPDIR:-/tmp}/bench-trail.XXXXXX")
trap 'rm -rf "$d"' EXIT
trap 'exit 1' INT TERM

"$bench" append "$d" "$records" 100 >"$d/append"
for round in 1 2 3; do
	cat "$d"/trail/log/*.jsonl | "$bench" hash >"$d/hash.$round"
	"$bench" verify "$d" "$records" >"$d/verify.$round"
done
read -r _ n took <"$d/append"
hash=$(sort -k 3,3n "$d"/hash.? | head -n 1)
verify=$(sort -k 3,3n "$d"/verify.? | head -n 1)
printf '%s\n%s\n' "$hash" "$verify" | awk -v n="$n" -v took="$took" '
	NR == 1 { bytes = $2; plain = $3 }
	NR == 2 {
		printf "trail: %d records of %d bytes\n", $2, bytes / $2
		printf "  append: %d records/s in groups of 200 per sync (want 50000)\n",
		    n / took
		# a checkpoint may take 0.25 ms on top
		left = $3 - 0.00025 * $4
		printf "  verify: %d records/s and 0.25 ms for each of %d checkpoints (want 300000); %d/s with them\n",
		    $2 / left, $4, $2 / $3
		printf "  verify: %d KiB at most (want 16384)\n", $5
		printf "  verify / SHA-256 of the same bytes: %.2f\n", $3 / plain
	}'

#!/bin/bash
# The demonstration: five organisations, their promises, and the evidence.
#
#   demo.sh BUILD      BUILD holds retentiond and retentionctl
#
# Works in $DEMO_DIR, or in a new folder below /tmp that goes at the end (set
# DEMO_KEEP=1 to keep it).  Exits 1 as soon as anything is not as expected.
set -euo pipefail

build=$(cd "${1:?usage: demo.sh BUILD}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
made=''
[ -n "${DEMO_DIR:-}" ] || made=1
dir=${DEMO_DIR:-$(mktemp -d /tmp/retention-demo.XXXXXX)}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
conf=$dir/retentiond.conf
site=$dir/data/var/lib/dsc/site.db
logs=$dir/data/var/log/dsc
cvs=$dir/data/srv/recruitment/cv
portal=$dir/data/var/lib/care-badges/portal.db
daemon=''
app=''

# A pass that a person has to look at ends with 1, and says what waits.
pass() {
	{ ctl run --wait "$@" 2>&1 || [ $? = 1 ]; } | sed 's/^/   /'
}

finish() {
	status=$?
	for pid in $daemon $app; do
		kill "$pid" 2>/dev/null || true
	done
	wait 2>/dev/null || true
	if [ "$status" != 0 ]; then
		echo "demo: not as expected; see $dir" >&2
	elif [ -n "$made" ] && [ -z "${DEMO_KEEP:-}" ]; then
		rm -rf "$dir"
	fi
	exit "$status"
}
trap finish EXIT

step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
say() { printf '   %s\n' "$*"; }
show() { printf '   $ %s\n' "$*"; }
fail() { echo "demo: $*" >&2; exit 1; }
ctl() { "$build/retentionctl" -c "$conf" "$@"; }
check() { "$here/demo-check.py" "$dir" "$@" | sed 's/^/   /'; }
sql() { sqlite3 -cmd '.timeout 5000' "$@"; }
subscribers() {
	sql "$site" "SELECT count(*) FROM subscriber
	    WHERE email = 'somebody.new@example.org'"
}
# Lines per log file; the newest is being written to, so its own are told apart.
lines() {
	local f
	for f in "$logs"/access.log*; do
		printf '     %-16s %4d lines\n' "${f##*/}" \
			"$(zcat -f "$f" | grep -vc '"demo-app/1"' || true)"
	done
}
# One line of the analytics log; masked lines keep their place and length.
measured() { sed -n '150{s/ *$//;p;q}' "$logs/analytics.log.1" | cut -c1-200; }
count_cvs() { find "$cvs" -type f | wc -l; }
running() { kill -0 "$daemon" 2>/dev/null || fail "retentiond has ended"; }

# Wait until a command succeeds; seconds, then the command.
await() {
	local tries=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		running
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.1
	done
}
# status exits 1 when anything needs a person, as review mode does here.
reachable() { ctl status >/dev/null 2>&1 || [ $? = 1 ] && [ -S "$dir/control.sock" ]; }

step "Five organisations, as they are before"
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
"$here/demo-data.py" "$dir" --reference "$now" --live \
	--policies "$here/../policies"
check data before
say "people, addresses and numbers are invented; the folder is $dir"
"$here/demo-app.py" "$site" "$logs/access.log" >"$dir/app.json" &
app=$!
say "the website has its database and its access log open and writes to both,"
say "20 times a second"
say "access logs, rotated and compressed:"
lines
say "a line of the analytics log:"
measured | tee "$dir/line-before" | sed 's/^/     /'
cvs_before=$(count_cvs)

step "Are configuration, policies and databases in order?"
ctl key init >/dev/null 2>&1
vkey=$(ctl key show)
say "the daemon's public key, which an auditor would be handed on paper:"
say "$vkey"
show retentionctl check
ctl check >"$dir/check.txt" || { cat "$dir/check.txt"; fail "check failed"; }
grep -B1 -A1 ' warning  no-index' "$dir/check.txt" | sed 's/^/   /'
tail -n 1 "$dir/check.txt" | sed 's/^/   /'

step "What is due now?  Asking writes nothing."
show retentionctl plan
ctl plan | sed 's/^/   /'
ctl plan --at "$now" --json >"$dir/plan-open.json"
check plan open "$dir/plan-open.json"
show retentiond --dry-run
"$build/retentiond" -c "$conf" --dry-run >"$dir/dry-run.log" 2>&1 ||
	{ cat "$dir/dry-run.log"; fail "the dry run failed"; }
check data before

step "The daemon starts and keeps the promises"
"$build/retentiond" -c "$conf" >"$dir/retentiond.log" 2>&1 &
daemon=$!
await 20 reachable || { cat "$dir/retentiond.log"; fail "no answer"; }
show retentionctl run --wait
pass
check data open

step "Promises 1.3, 1.5, 4.1: logs and files"
say "access logs, without what is older than 120 days:"
lines
say "the line of the analytics log, in its place:"
measured | tee "$dir/line-after" | sed 's/^/     /'
cmp -s "$dir/line-before" "$dir/line-after" && fail "the line was not masked"
left=$(count_cvs)
say "CVs: $((cvs_before - left)) gone with their applications, $left stayed;"
say "files that no application names are among those that stayed:"
for f in unclaimed.pdf templates/blank.pdf; do
	[ -s "$cvs/$f" ] || fail "a file was taken that belongs to nobody"
done
say "  unclaimed.pdf, templates/blank.pdf"

step "Promise 1.1: somebody subscribes to the newsletter, and unsubscribes"
sql "$site" "INSERT INTO subscriber(email, subscribed_at) VALUES(
    'somebody.new@example.org', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))"
sleep 3
[ "$(subscribers)" = 1 ] || fail "a subscriber went without leave"
say "subscribed three seconds ago, and still there"
began=$(date +%s%N)
sql "$site" "UPDATE subscriber
    SET unsubscribed_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now')
    WHERE email = 'somebody.new@example.org'"
gone() { [ "$(subscribers)" = 0 ]; }
await 15 gone || fail "still there 15 seconds after the unsubscribe"
say "gone $((($(date +%s%N) - began) / 1000000)) ms after the unsubscribe"

step "Promise 2.1: the portal for badges closes"
figures='SELECT region, sum(quantity), count(*) FROM badge_order GROUP BY 1'
sql "$portal" "$figures" >"$dir/figures-open"
show retentionctl event declare portal-closed
ctl event declare portal-closed | sed 's/^/   /'
pass
check data closed
sql "$portal" "$figures" >"$dir/figures-closed"
cmp "$dir/figures-open" "$dir/figures-closed" || fail "the figures changed"
say "accounts and orders carry no names; badges per region are unchanged:"
sed 's/^/     /' "$dir/figures-closed"

step "Nothing is due any more, except what a person must look at"
ctl status | sed 's/^/   /' || [ "${PIPESTATUS[0]}" = 1 ]
ctl plan --json >"$dir/plan-after.json"
jq -e '[.datasets[] | select(.mode == "enforce") | .due] | add == 0' \
	"$dir/plan-after.json" >/dev/null || fail "something is still due"
jq -r '.datasets[] | select(.due > 0) |
    "   \(.dataset): \(.due) wait for approval (\(.mode))"' \
	"$dir/plan-after.json"

step "Promise 5.2: care records go when a named person approves, and only those"
dataset=carers-in-hertfordshire/carers
plan=$({ ctl status --json || [ $? = 1 ]; } | jq -r --arg d $dataset '.status.datasets[] |
    select(.dataset == $d) | .plan | "\(.id) \(.n)"')
waiting=${plan#* } plan=${plan% *}
main=$(find "$dir" -path '*carers-in-hertfordshire/main.db')
carers() { sql "$main" 'SELECT count(*) FROM carer'; }
carers_before=$(carers)
say "a plan over $waiting records of carers waits since the first pass; it holds"
say "commitments only, and nobody can read a name out of it"
show "retentionctl approve $plan --reason \"looked through with the service\""
ctl approve "$plan" --reason "looked through with the service" | sed 's/^/   /'
pass $dataset
carers_after=$(carers)
[ "$carers_after" = $((carers_before - waiting)) ] ||
	fail "$carers_before records of carers were there, $carers_after are"
show retentionctl audit show --dataset $dataset
ctl audit show --dataset $dataset "$dir/state" | cut -c1-150 | sed 's/^/   /'
say "$carers_before records of carers before, $carers_after after"

step "The website meanwhile"
kill -TERM "$app"
wait "$app"
app=''
jq -r '"   \(.writes) rows written, \(.errors) errors, longest wait \(
    .longest_ms) ms; \(.lines) lines in its log"' "$dir/app.json"
jq -e '.errors == 0 and .writes == .found and .writes == .lines
    and .writes > 50' "$dir/app.json" \
	>/dev/null || fail "the website was disturbed"

step "The evidence"
kill -TERM "$daemon"
wait "$daemon" || fail "retentiond ended with an error"
daemon=''
show "retentionctl audit verify --key $vkey"
ctl audit verify "$dir/state/trail" --key "$vkey" | sed 's/^/   /'
say "what was erased, from the trail itself:"
cat "$dir"/state/trail/log/*.jsonl | jq -rs '
    (map(select(.type == "intent") | {key: .op, value: .}) | from_entries)
      as $intent |
    map(select(.type == "done") | . + {dataset: $intent[.op].dataset,
      action: $intent[.op].action}) | group_by(.dataset)[] |
    "     \(map(.erased) | add)\t\(.[0].action)\t\(.[0].dataset)"'
check leaks "$dir/state/trail" "$dir/state/ledger.db" "$dir/retentiond.log" \
	"$dir/retentiond.prom" "$dir/plan-open.json" "$dir/plan-after.json"

step "The same with openssl alone"
note=$dir/state/trail/checkpoint
# The signed text ends before the empty line; a signature is base64 of four
# bytes of key id and 64 of Ed25519; the key is the vkey's last field less one.
sed '/^$/,$d' "$note" >"$dir/note.txt"
sed -n '$s/.* //p' "$note" | base64 -d | tail -c 64 >"$dir/note.sig"
{
	printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'
	printf '%s' "$vkey" | cut -d+ -f3- | base64 -d | tail -c 32
} >"$dir/key.der"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$dir/key.der" -rawin \
	-in "$dir/note.txt" -sigfile "$dir/note.sig" | sed 's/^/   /'
say "the newest record's hash, for the chain: each \"prev\" is the SHA-256 of a"
say "zero byte and the line before it"
log=$(printf '%s\n' "$dir"/state/trail/log/*.jsonl | tail -n 1)
want=$(tail -n 1 "$log" | jq -r .prev)
got=$({
	printf '\0'
	tail -n 2 "$log" | head -n 1 | tr -d '\n'
} | sha256sum | cut -d' ' -f1)
[ "$want" = "$got" ] || fail "the chain does not hold"
say "$got  as recorded"
printf '\nEverything as expected, in %d seconds.\n' "$SECONDS"

#!/bin/sh
# verify-trail.sh - verify an audit trail of retentiond with stock tools: sh,
# jq, openssl, coreutils, sed, awk.  About a hundred records a second: for long
# trails there is verify-trail.py.
#
# usage: verify-trail.sh [--key VKEY|@FILE] [--max-age SECONDS]
#                        [--accept-rekey] [--anchor NOTE]... DIR
# Exit status: 0 VALID, 1 TAMPERED, 2 INCOMPLETE, 3 UNVERIFIABLE, 4 usage, I/O.
# Written from the formats alone; RFC 3161 tokens and witnesses' signatures
# beside the trail are not looked at.
# shellcheck disable=SC2015  # a || b after && is meant
set -u
LC_ALL=C
export LC_ALL
usage() { echo "verify-trail: $1" >&2; sed -n '6,7s/^# *//p' "$0" >&2; exit 4; }

pin='' max_age=0 accept='' dir='' copies=''
while [ $# -gt 0 ]; do
	case $1 in
	--key) [ $# -gt 1 ] || usage 'a value is missing'; pin=$2; shift ;;
	--max-age) [ $# -gt 1 ] || usage 'a value is missing'; max_age=$2; shift ;;
	--accept-rekey) accept=1 ;;
	-h | --help) sed -n '6,8s/^# *//p' "$0"; exit 0 ;;
	--anchor)
		[ $# -gt 1 ] && [ -f "$2" ] || usage 'not a checkpoint note'
		copies="$copies$2
"
		shift
		;;
	-*) usage "what is $1?" ;;
	*) [ -z "$dir" ] || usage "what is $1?"; dir=$1 ;;
	esac
	shift
done
[ -d "$dir" ] || usage 'a folder is needed (a tar file has to be unpacked first)'
[ -d "$dir/log" ] || [ ! -d "$dir/trail" ] || dir=$dir/trail
case $pin in @*) pin=$(head -n 1 "${pin#@}") || exit 4 ;; esac
w=$(mktemp -d) || exit 4
trap 'rm -rf "$w"' EXIT

# --- verdict ---------------------------------------------------------------
verdict=0 lost='' n=0
name_of() { set -- "$1" VALID TAMPERED INCOMPLETE UNVERIFIABLE; shift "$(($1 + 1))"; echo "$1"; }
# find VERDICT TEXT [FROM TO]
find_() {
	echo "  $(name_of "$1") records ${3:-$n} to ${4:-${3:-$n}}: $2" >>"$w/findings"
	case $1$verdict in 1* | 30 | 32 | 20) verdict=$1 ;; esac
}
lose() { find_ "$1" "$2"; lost=1; }

# --- hashes, as 64 hex digits ----------------------------------------------
octal() { # the bytes of hex digits as \ooo, in $octal
	h=$1 a=''
	while [ ${#h} -gt 1 ]; do r=${h#??}; a="$a 0x${h%"$r"}"; h=$r; done
	# shellcheck disable=SC2086
	octal=$(printf '\\%03o' $a)
}
sum() { sha256sum | cut -c 1-64; }
# shellcheck disable=SC2059
node() { octal "$1$2"; hash=$(printf "\\001$octal" | sum); }
hex() { od -An -v -tx1 | tr -d ' \n'; }

# A tree is "size hash...", the largest subtree last: carries come first.
tree_add() { # tree_add TREE HASH -> $tree
	hash=$2
	# shellcheck disable=SC2086
	set -- $1
	m=$1; shift
	k=$m
	while [ $((k % 2)) = 1 ]; do node "$1" "$hash"; shift; k=$((k / 2)); done
	tree="$((m + 1)) $hash $*"
}
tree_root() { # -> $root
	# shellcheck disable=SC2086
	set -- $1
	shift
	if [ $# = 0 ]; then root=$(printf '' | sum); return; fi
	hash=$1; shift
	for k in "$@"; do node "$k" "$hash"; done
	root=$hash
}

# --- keys and notes ----------------------------------------------------------
# base64_strict TEXT FILE
base64_strict() {
	printf '%s' "$1" | base64 -d >"$2" 2>"$w/null" &&
	    [ "$(base64 -w 0 <"$2")" = "$1" ]
}
decode() { printf '%s' "$1" | base64 -d; }
# key_read VKEY FILE: FILE.name FILE.id FILE.der
key_read() {
	case $1 in *+*+*) ;; *) return 1 ;; esac
	kn=${1%%+*} kr=${1#*+}
	case $kn in '' | *[!!-~]*) return 1 ;; esac
	base64_strict "${kr#*+}" "$2.raw" || return 1
	[ "$(wc -c <"$2.raw")" = 33 ] && [ "$(head -c 1 "$2.raw" | hex)" = 01 ] || return 1
	kid=$({ printf '%s\n' "$kn"; cat "$2.raw"; } | sum | cut -c 1-8)
	[ "$kid" = "${kr%%+*}" ] || return 1
	{ printf '\060\052\060\005\006\003\053\145\160\003\041\000'; tail -c 32 "$2.raw"; } >"$2.der"
	echo "$kn" >"$2.name"; echo "$kid" >"$2.id"
}
key_same() { cmp -s "$1.name" "$2.name" && cmp -s "$1.der" "$2.der"; }
# note_open NOTE TEXT KEY...: TEXT gets the signed text, $signed the keys
note_open() {
	nn=$1 nt=$2 signed=''
	shift 2
	[ "$(wc -c <"$nn")" -le 32768 ] && [ "$(tail -c 1 "$nn" | hex)" = 0a ] || return 1
	[ "$(tr -d '\n -~\200-\377' <"$nn" | wc -c)" = 0 ] || return 1
	at=$(awk '$0 == "" { at = NR } END { print at + 0 }' "$nn")
	[ "$at" -gt 1 ] || return 1
	head -n "$((at - 1))" "$nn" >"$nt"
	tail -n "+$((at + 1))" "$nn" >"$w/signatures"
	[ "$(wc -l <"$w/signatures")" -le 100 ] || return 1
	while IFS= read -r s; do
		case $s in "$(printf '\342\200\224') "?*' '?*) ;; *) return 1 ;; esac
		s=${s#* } sn=${s%% *} s=${s#* }
		base64_strict "$s" "$w/sig" && [ "$(wc -c <"$w/sig")" -ge 5 ] || return 1
		for k in "$@"; do
			[ "$sn" = "$(cat "$k.name")" ] &&
			    [ "$(head -c 4 "$w/sig" | hex)" = "$(cat "$k.id")" ] || continue
			[ "$(wc -c <"$w/sig")" = 68 ] || return 1
			tail -c 64 "$w/sig" >"$w/sig64"
			openssl pkeyutl -verify -pubin -keyform DER -inkey "$k.der" -rawin \
			    -in "$nt" -sigfile "$w/sig64" >"$w/null" 2>&1 || return 1
			case " $signed " in *" $k "*) ;; *) signed="$signed $k" ;; esac
		done
	done <"$w/signatures"
	[ -n "$signed" ]
}
# cp_read TEXT: $cp_origin $cp_size $cp_root (hex)
cp_read() {
	[ "$(wc -l <"$1")" = 3 ] && [ "$(tail -c 1 "$1" | hex)" = 0a ] || return 1
	{ IFS= read -r cp_origin; IFS= read -r cp_size; IFS= read -r cr; } <"$1"
	case $cp_size in 0) ;; '' | 0* | *[!0-9]* | ?????????????????????*) return 1 ;; esac
	base64_strict "$cr" "$w/root" && [ "$(wc -c <"$w/root")" = 32 ] || return 1
	cp_root=$(hex <"$w/root")
}
count() { set -- "$1"; set -f; # shellcheck disable=SC2086
	set -- $1; set +f; echo $#; }

# --- what lies beside the records --------------------------------------------
tree=0 epoch=0 leaf=0000000000000000000000000000000000000000000000000000000000000000
first='' last='' kind='' sealed=0 cps=0 closed='' has_key='' pruned=''
: >"$w/claims"; : >"$w/findings"; : >"$w/ops"; : >"$w/open"; : >"$w/prune"; : >"$w/past"
if [ -n "$pin" ]; then key_read "$pin" "$w/pin" || usage 'not a verifier key'; fi
i=0
for f in "$dir/checkpoint" "$dir"/anchor/*.note; do [ ! -f "$f" ] || echo "$f"; done >"$w/notes"
printf %s "$copies" | sed 's/^/:/' >>"$w/notes"	# those from elsewhere
while IFS= read -r f; do
	outside=''
	case $f in :*) outside=1 f=${f#:} ;; esac
	i=$((i + 1))
	cp "$f" "$w/claim.$i"
	awk '$0 == "" { exit } { print }' "$f" >"$w/text"
	if cp_read "$w/text" && [ "$cp_size" != 0 ] && grep -q '^$' "$f"; then
		echo "$cp_size $i $cp_root" >>"$w/claims"
		echo "$cp_origin" >"$w/claim.$i.origin"
		[ -z "$outside" ] || : >"$w/claim.$i.outside"
	elif [ -n "$outside" ]; then
		usage 'not a checkpoint note'
	else
		find_ 1 'a note beside the trail is malformed'
	fi
done <"$w/notes"
sort -n "$w/claims" -o "$w/claims"
# claim I ROOT SIZE [ROOT-NOW]
claim() {
	if [ "$(cat "$w/claim.$1.origin")" != "$(cat "$w/key.name")" ]; then
		find_ "$(if [ -f "$w/claim.$1.outside" ]; then echo 3; else echo 1; fi)" 'a note beside the trail is of another trail' 0 "$(($3 - 1))"
	elif ! note_open "$w/claim.$1" "$w/text" "$(if [ "$kind" = rekey ]; then echo "$w/next"; else echo "$w/key"; fi)"; then
		find_ 1 'a note beside the trail is not signed by the key of its position' 0 "$(($3 - 1))"
	elif [ -n "${4:-}" ] && [ "$4" != "$2" ]; then
		find_ 1 'a note beside the trail gives another root for its size' 0 "$(($3 - 1))"
	else
		return 0
	fi
	return 1
}
move_key() { for x in name id der raw; do mv "$w/$1.$x" "$w/$2.$x"; done; }
begin() {
	has_key=1
	[ -z "$pin" ] || key_same "$w/pin" "$w/key" ||
	    find_ 3 'the trail begins with another key than the one it is checked against'
}
# replaced NOTE VKEY SIZE ROOT
replaced() {
	base64_strict "$(cat "$1")" "$w/by-note" || return 1
	set -- "$w/by-note" "$2" "$3" "$4"
	[ -f "$w/recovery.der" ] && note_open "$1" "$w/text" "$w/recovery" || return 1
	[ "$(wc -l <"$w/text")" = 4 ] || return 1
	{ IFS= read -r a; IFS= read -r b; IFS= read -r c; IFS= read -r d; } <"$w/text"
	[ "$a" = "$(cat "$w/key.name") rekey" ] && [ "$d" = "$2" ] || return 1
	base64_strict "$c" "$w/root" && [ "$(wc -c <"$w/root")" = 32 ] && [ "$b" = "$3" ] || return 1
	[ -z "$4" ] || [ "$(hex <"$w/root")" = "$4" ] || return 1
	[ -n "$accept" ] || find_ 2 'the key was replaced by the recovery key: --accept-rekey takes that'
}
load_pruned() {
	p=$dir/pruned size=0 i=0
	# shellcheck disable=SC2016
	jq -e 'def h: type == "string" and test("^[0-9a-f]{64}$");
	    def bits: if . == 0 then 0 else (. % 2) + (. / 2 | floor | bits) end;
	    (.first | type == "number" and . > 0 and . == floor) and (.leaf | h) and
	    all(.frontier[]; h) and (.frontier | length) == (.first | bits) and
	    (.epoch | type == "number") and (.vkey | type == "string") and
	    (.t0 | type == "string")' "$p" >"$w/null" 2>&1 || return 1
	if [ ! -f "$dir/keys.chain" ]; then
		lose 3 'the chain of keys of the records that were cut away is missing'; return
	fi
	# Later keys may follow: of a cut that is not yet carried out.
	head -n "$(($(jq .epoch "$p") + 1))" "$dir/keys.chain" >"$w/chain.lines"
	[ "$(sum <"$w/chain.lines")" = "$(jq -r .keys_sha256 "$p")" ] || return 1
	jq -r '[.ep, ([.vkey, .note, .recovery] | map(. // "" | @base64))[]] | map(tostring) |
	    join("|")' "$w/chain.lines" >"$w/chain" 2>"$w/null" || return 1
	while IFS='|' read -r ep v note by; do
		v=$(decode "$v")
		key_read "$v" "$w/next" && [ "$ep" = $i ] || return 1
		decode "$note" >"$w/note"
		decode "$by" >"$w/by"
		if [ $i = 0 ]; then
			move_key next key; begin
			[ ! -s "$w/by" ] || key_read "$(cat "$w/by")" "$w/recovery" || return 1
		else
			if [ -s "$w/by" ]; then
				note_open "$w/note" "$w/link" "$w/next" && cp_read "$w/link" &&
				    replaced "$w/by" "$v" "$((cp_size - 1))" '' || return 1
			else
				note_open "$w/note" "$w/link" "$w/key" "$w/next" &&
				    [ "$(count "$signed")" = 2 ] || return 1
			fi
			cp_read "$w/link" && [ "$cp_origin" = "$(cat "$w/key.name")" ] &&
			    [ "$cp_size" -gt "$size" ] || return 1
			size=$cp_size
			move_key next key
		fi
		i=$((i + 1)) last_v=$v
	done <"$w/chain"
	n=$(jq .first "$p") epoch=$(jq .epoch "$p") leaf=$(jq -r .leaf "$p") last=$(jq -r .t0 "$p")
	[ "$epoch" = $((i - 1)) ] && [ "$last_v" = "$(jq -r .vkey "$p")" ] && [ "$size" -le "$n" ] || return 1
	tree="$n $(jq -r '.frontier | reverse | join(" ")' "$p")"
	pruned=1
}
if [ -f "$dir/pruned" ]; then load_pruned || lose 1 'what stands for the records that were cut away is malformed'; fi

while read -r c_size c_i _; do
	[ "$c_size" -lt "$n" ] && [ -f "$w/claim.$c_i.outside" ] || continue
	find_ 3 'a copy kept elsewhere is of records that were pruned' 0 $((c_size - 1))
done <"$w/claims"

# --- records -------------------------------------------------------------------
# One line of fields a record: state|seq|ep|t|prev|type|keys|... ; what may hold
# a bar is in base 64.
# shellcheck disable=SC2016
fields='
def u: type == "number" and . >= 0 and . == floor;
def b: if type == "string" then @base64 else "" end;
def h($n): type == "string" and test("^[0-9a-f]{\($n)}$");
def time: type == "string" and test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$")
  and ((.[0:19] + "Z") as $s | ($s | fromdate | todate) == $s);
. as $line | (try fromjson catch null) as $r |
if ($line | length) > 65535 then ["long"]
elif ($line | test("[^ -~]")) then ["bytes"]
elif ($r | type) != "object" or ($line | contains("\\u0000")) then ["json"]
elif ($r.v | u | not) then ["head"]
elif $r.v != 1 then ["version"]
elif (($r.seq | u) and ($r.ep | u) and ($r.t | time) and ($r.prev | h(64))
  and ($r.type | type) == "string" and ($r.raw == null or ($r.raw | time)) | not) then ["head"]
elif ($line | startswith("{\"v\":1,\"seq\":\($r.seq),\"ep\":\($r.ep),\"t\":\"\($r.t)\"," +
  (if $r.raw then "\"raw\":\"\($r.raw)\"," else "" end) +
  "\"prev\":\"\($r.prev)\",\"type\":\"\($r.type)\"") | not) then ["head"]
else ["ok", $r.seq, $r.ep, $r.t, $r.prev, $r.type, ([$r | .. | objects | length] | add)] +
  ($r | if .type == "genesis" then [(.vkey | b), (.origin | b), (.recovery | b)]
  elif .type == "rotate" or .type == "rekey" then [.next, (.vkey | b), (.recovery | b)]
  elif .type == "cp" then [(.note | b), .final == true]
  elif .type == "intent" then
    (if (.op | h(32)) and (.n | u) and (.croot | type) == "string" and
      ((has("cutoff") | not) or (.cutoff | time)) and
      (if has("c") then (.c | type) == "array" and all(.c[]; type == "string" and test("^[A-Za-z0-9+/=]*$")) else true end)
    then [.op, .n, (.croot | b), has("c"), ((.c // []) | length), ((.c // []) | join(","))] else ["bad"] end)
  elif .type == "done" or .type == "fail" then
    (if (.op | h(32)) and (.n | u) then [.op, .n,
      (if (.erased | u) and (.left | u) and ((.skipped // {}) | type) == "object" and
        ([(.skipped // {})[]] | all(u)) then .erased + .left + ([(.skipped // {})[]] | add // 0)
      else "bad" end)] else ["bad"] end)
  elif .type == "anchor" then
    (if (.size | u) and .size > 0 and .size <= .seq and (.root | type) == "string" and (.sha256 | h(64)) and
      (.at | time) and (.by | type) == "string" and (.kind | IN("copy", "rfc3161", "cosignature"))
    then [.size, .kind, .sha256, .at, (.root | b)] else ["bad"] end)
  elif .type == "prune" then [del(.v, .seq, .ep, .t, .raw, .prev, .type) | tojson | @base64]
  else [] end)
end | map(tostring) | join("|")'

# items_root < hex lines -> $root; 1 when they are out of order
items_root() {
	sort -c -u "$1" 2>"$w/null" || return 1
	it=0
	while IFS= read -r c; do
		octal "$c"
		# shellcheck disable=SC2059
		tree_add "$it" "$(printf "\\000$octal" | sum)"
		it=$tree
	done <"$1"
	tree_root "$it"
}
on_intent() { # op n croot has_c n_c c
	[ "$1" != bad ] || { find_ 1 'a malformed intent'; return; }
	base64_strict "$(decode "$3")" "$w/croot" && [ "$(wc -c <"$w/croot")" = 32 ] ||
	    { find_ 1 'a malformed intent'; return; }
	if [ "$2" -gt 64 ] && [ "$4" = true ]; then
		find_ 1 'more commitments in the record than the format allows'; return
	elif [ "$2" -le 64 ]; then
		[ "$5" = "$2" ] || { find_ 1 'the number of commitments is not n'; return; }
		: >"$w/items"
		for c in $(echo "$6" | tr , ' '); do
			base64_strict "$c" "$w/c" && [ "$(wc -c <"$w/c")" = 32 ] ||
			    { find_ 1 'a malformed commitment'; return; }
			hex <"$w/c" >>"$w/items"; echo >>"$w/items"
		done
		if ! items_root "$w/items" || [ "$root" != "$(hex <"$w/croot")" ]; then
			find_ 1 'the commitments do not match their root'; return
		fi
	fi
	grep -q "^$1$" "$w/ops" && { find_ 1 'an operation is announced for the second time'; return; }
	[ "$(wc -l <"$w/open")" -lt 1024 ] || { find_ 3 'too many open operations'; return; }
	echo "$1" >>"$w/ops"
	echo "$1 $n $2" >>"$w/open"
	[ "$2" -gt 64 ] || return
	f=$dir/items/$1.bin
	[ -f "$f" ] || { find_ 3 'the items file of this operation is missing'; return; }
	od -An -v -tx1 -w32 "$f" | tr -d ' ' >"$w/items"
	[ "$(wc -c <"$f")" = $((32 * $2)) ] && items_root "$w/items" &&
	    [ "$root" = "$(hex <"$w/croot")" ] ||
	    find_ 1 'an items file that does not match its intent'
}
on_outcome() { # op n sum
	[ "$1" != bad ] || { find_ 1 'a malformed outcome'; return; }
	was=$(grep "^$1 " "$w/open")
	if [ -z "$was" ]; then
		if grep -q "^$1$" "$w/ops"; then find_ 1 'an operation has a second outcome'
		else find_ 1 'an outcome without an intent before it'; fi
		return
	fi
	grep -v "^$1 " "$w/open" >"$w/open.new"; mv "$w/open.new" "$w/open"
	[ "${was##* }" = "$2" ] && [ "$3" = "$2" ] ||
	    find_ 1 'erased, left and skipped do not add up to n'
}
on_anchor() { # size kind sha256 at root
	{ [ "$1" != bad ] && base64_strict "$(decode "$5")" "$w/a-root" && [ "$(wc -c <"$w/a-root")" = 32 ]; } ||
	    { find_ 1 'a malformed anchor'; return; }
	f=$dir/anchor/$1 a_root=$(hex <"$w/a-root")
	case $2 in copy) e=$f.note ;; rfc3161) e=$f.tsr ;; *) e=$f.cosig ;; esac
	if [ ! -s "$e" ] || [ ! -s "$f.note" ]; then
		find_ 3 'the evidence of this anchor is missing'
	elif [ "$(sum <"$e")" != "$3" ]; then
		find_ 1 'the evidence of this anchor was altered'
	else
		awk '$0 == "" { exit } { print }' "$f.note" >"$w/text"
		cp_read "$w/text" && [ "$cp_size" = "$1" ] && [ "$cp_root" = "$a_root" ] ||
		    find_ 1 'this anchor tells another root than its checkpoint'
	fi
	was=$(grep "^$1 " "$w/past") || return
	# shellcheck disable=SC2086
	set -- "$@" $was
	if [ "$7" != "$a_root" ]; then
		find_ 1 'an anchor over another root than these records have'
	elif [ $(($(date -d "$4" +%s) + 60)) -lt "$(date -d "$8" +%s)" ]; then
		find_ 1 'a record that is later than the anchor over it' $(($1 - 1))
	fi
}
on_turn() { # next vkey recovery
	v=$(decode "$2")
	key_read "$v" "$w/next" && [ "$1" = $((epoch + 1)) ] &&
	    cmp -s "$w/next.name" "$w/key.name" && ! cmp -s "$w/next.der" "$w/key.der" ||
	    { lose 1 'a malformed rotation'; return; }
	[ "$type" = rekey ] || return
	decode "$3" >"$w/note"
	tree_root "$now"
	replaced "$w/note" "$v" "$n" "$root" ||
	    lose 1 'a key was replaced, and the recovery key did not sign for it'
}
on_cp() { # note final
	case $kind in rotate | rekey) turning=true ;; *) turning=false ;; esac
	[ "$2" = $turning ] || { lose 1 'a final checkpoint without a rotation, or the reverse'; return; }
	decode "$1" >"$w/note"
	set -- "$w/key"
	[ "$kind" != rotate ] || set -- "$w/key" "$w/next"
	[ "$kind" != rekey ] || set -- "$w/next"
	note_open "$w/note" "$w/text" "$@" && [ "$(count "$signed")" = $# ] ||
	    { lose 1 'a checkpoint that the key of this position did not sign'; return; }
	tree_root "$now"
	cp_read "$w/text" && [ "$cp_origin" = "$(cat "$w/key.name")" ] && [ "$cp_size" = "$n" ] &&
	    [ "$cp_root" = "$root" ] ||
	    { lose 1 'a checkpoint that does not match the records before it'; return; }
	cps=$((cps + 1)) sealed=$n
	echo "$n $root $last" >>"$w/past"
	if [ $turning = true ]; then move_key next key; epoch=$((epoch + 1)); fi
}
on_genesis() { # vkey origin recovery
	key_read "$(decode "$1")" "$w/key" && [ "$(decode "$2")" = "$(cat "$w/key.name")" ] ||
	    { lose 1 'a malformed genesis record'; return; }
	[ -z "$3" ] || key_read "$(decode "$3")" "$w/recovery" || lose 1 'a malformed genesis record'
	begin
}
# A finding about where the record stands.
place() {
	[ "$seq" = "$n" ] || { lose 1 'not the record that belongs here'; return; }
	[ -z "$expected" ] || [ "$expected" = "$n" ] || { lose 1 'a segment is missing or was renamed'; return; }
	[ "$prev" = "$leaf" ] || { lose 1 'the chain is broken: the record before this one was changed'; return; }
	[ "$ep" = "$epoch" ] || { lose 1 'a record of another epoch'; return; }
	case $n:$type in 0:genesis) ;; 0:* | *:genesis) lose 1 'the first record, and only the first, is genesis'; return ;; esac
	case $kind:$type in rotate:cp | rekey:cp | rotate:rekey | rekey:rekey) ;; rotate:* | rekey:*) lose 1 'a rotation without its final checkpoint'; return ;; esac
	if [ -n "$last" ] && [ "$(printf '%s\n%s\n' "$last" "$t" | sort | head -n 1)" != "$last" ]; then
		find_ 1 'time runs backwards'
	fi
}
record() { # line; the fields are set
	case $state in
	ok) ;;
	version) lose 3 'an unknown version'; return ;;
	*) lose 1 "not the record that was written ($state)"; return ;;
	esac
	case $type in
	genesis | start | stop | policy | intent | done | fail | plan | approve | reject | hold | release | restrict) ;;
	unrestrict | event | request | brake | clock | cp | rotate | rekey | anchor | shred | recover | prune | defer) ;;
	*) lose 3 'an unknown type of record'; return ;;
	esac
	[ "$keys" = "$shape" ] || { lose 1 'not the JSON that was written'; return; }
	place
	[ -z "$lost" ] || return
	now=$tree
	case $type in
	genesis) on_genesis "$a1" "$a2" "$a3" ;;
	rotate | rekey) on_turn "$a1" "$a2" "$a3" ;;
	cp) on_cp "$a1" "$a2" ;;
	intent) on_intent "$a1" "$a2" "$a3" "$a4" "$a5" "$a6" ;;
	done | fail) on_outcome "$a1" "$a2" "$a3" ;;
	anchor) on_anchor "$a1" "$a2" "$a3" "$a4" "$a5" ;;
	prune) decode "$a1" >"$w/prune" ;;
	esac
	tree=$now
	[ -z "$lost" ] || return
	leaf=$(printf '\000%s' "$1" | sum)
	tree_add "$tree" "$leaf"
	: "${first:=$t}"
	last=$t n=$((n + 1)) closed=''
	if [ "$kind:$type" = stop:cp ]; then closed=1; fi
	kind=$type
	while read -r c_size c_i c_root; do
		[ "$c_size" = "$n" ] || continue
		tree_root "$tree"
		claim "$c_i" "$c_root" "$c_size" "$root"
	done <"$w/claims"
}

# --- the whole -------------------------------------------------------------------
torn='' segments=0
for f in "$dir"/log/[0-9]*.jsonl "$dir"/log/[0-9]*.jsonl.gz; do
	[ -f "$f" ] || continue
	b=${f##*/}
	[ -f "$dir/log/${b%.gz}" ] && [ "$b" != "${b%.gz}" ] && continue
	echo "$b"
done | grep -E '^[0-9]{18}\.jsonl(\.gz)?$' | sort >"$w/segments"
segments=$(wc -l <"$w/segments")
i=0
while IFS= read -r b; do
	i=$((i + 1))
	[ -z "$lost" ] || break
	case $b in
	*.gz) gzip -dc "$dir/log/$b" >"$w/whole" 2>"$w/null" ||
	    { lose 1 'a compressed segment is damaged, cut short or goes on after its end'; break; } ;;
	*) cat "$dir/log/$b" >"$w/whole" || exit 4 ;;
	esac
	lines=$(wc -l <"$w/whole")
	head -n "$lines" "$w/whole" >"$w/lines"
	jq -rR "$fields" "$w/lines" >"$w/fields" 2>"$w/null" || { lose 1 'not JSON lines'; break; }
	# How many keys its one spelling has; x where it is not of that spelling.
	sed -E 's/"([^"\\]|\\.)*"/s/g' "$w/lines" |
	    awk '/[ .+E"]/ || /[0-9]e/ { print "x"; next } { print gsub(/s:/, "") }' >"$w/shapes"
	expected=$(echo "${b%%.*}" | sed 's/^0*//')
	expected=${expected:-0}
	while IFS= read -r line <&3 && IFS='|' read -r state seq ep t prev type keys a1 a2 a3 a4 a5 a6 <&4 &&
	    read -r shape <&5; do
		record "$line"
		[ -z "$lost" ] || break
		expected=''
	done 3<"$w/lines" 4<"$w/fields" 5<"$w/shapes"
	if [ -z "$lost" ] && [ "$(wc -c <"$w/lines")" != "$(wc -c <"$w/whole")" ]; then
		if [ "$i" -lt "$segments" ]; then lose 1 'a torn record with another segment after it'
		else torn=1; fi
	fi
done <"$w/segments"

end=$((n == 0 ? 0 : n - 1))
[ "$n" != 0 ] || [ -n "$lost" ] || find_ 3 'no record at all'
[ -n "$pin" ] || find_ 3 'no key to check against' 0 $end
if [ -z "$lost" ]; then
	while read -r c_size c_i c_root; do
		[ "$c_size" -gt "$n" ] || continue
		if [ -z "$has_key" ] || claim "$c_i" "$c_root" "$c_size"; then
			find_ 1 "a note beside the trail knows of $c_size records: it was cut back" "$n" $((c_size - 1))
		fi
	done <"$w/claims"
	while read -r _ at _; do find_ 2 'an intent without an outcome' "$at"; done <"$w/open"
	if [ -n "$pruned" ]; then
		[ -s "$w/prune" ] && jq -e --slurpfile f "$dir/pruned" '. as $r | $f[0] |
		    to_entries | all(.key as $k | $r[$k] == .value)' "$w/prune" >"$w/null" 2>&1 ||
		    find_ 1 'no record says what was cut away in front' 0 $end
	fi
fi
[ -z "$torn" ] || find_ 2 'a torn record at the end'
if [ "$n" != 0 ] && [ -z "$lost" ]; then
	if [ "$kind" != cp ]; then find_ 2 'records without a checkpoint' $end
	elif [ -z "$closed" ]; then find_ 2 'not closed by stop and a checkpoint' $end; fi
	if [ "$max_age" != 0 ] && [ $(($(date +%s) - $(date -d "$last" +%s))) -gt "$max_age" ]; then
		find_ 2 'the last record is older than allowed' $end
	fi
fi
echo "$(name_of "$verdict"): $n records, $sealed of them sealed by $cps checkpoints"
cat "$w/findings"
exit "$verdict"

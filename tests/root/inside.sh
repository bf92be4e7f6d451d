#!/bin/bash
# inside - run by systemd.t as a unit, in a system that is thrown away: what
# retentiond.service does from installation to stop, as TAP.
# usage: inside.sh MODE (of the build in /opt/retention)
# shellcheck disable=SC2317  # functions that `within` calls
set -u
export SYSTEMD_PAGER='' SYSTEMD_COLORS=0 LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
unit=retentiond.service
db=/srv/site/site.db
n=0
failed=0

# This script writes to /etc and /srv: not in the wrong place.
if [ "$(systemd-detect-virt --container)" != systemd-nspawn ] ||
    [ "$(findmnt -no FSTYPE /)" != overlay ] ||
    [ "$(cat /proc/1/comm)" != systemd ]; then
	echo 'Bail out! only systemd.t may start this'
	exit 1
fi

# ok STATUS TEXT [WHY]
ok() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=$((failed + 1))
		[ $# -lt 3 ] || printf '%s\n' "$3" | sed 's/^/#   /'
	fi
}
same() {		# GOT WANTED TEXT
	[ "$1" = "$2" ]
	ok $? "$3" "got      $1
expected $2"
}
has() {			# TEXT GOT PART
	case $2 in *"$3"*) ok 0 "$1" ;; *) ok 1 "$1" "$2" ;; esac
}
lacks() {		# TEXT GOT PART
	case $2 in *"$3"*) ok 1 "$1" "$2" ;; *) ok 0 "$1" ;; esac
}
not() { ! "$@"; }
within() {		# SECONDS COMMAND...: true as soon as it is
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}
show() { systemctl show $unit -p "$1" --value; }
is() { [ "$(show "$1")" = "$2" ]; }
sql() { runuser -u shop -- sqlite3 -cmd '.timeout 5000' $db "$1"; }
rows() { [ "$(sql 'SELECT count(*) FROM feedback')" = "$1" ]; }
log() { journalctl -q -u $unit -o cat --no-pager "$@"; }
as() {			# USER COMMAND...: with the groups of that user
	local user=$1
	shift
	setpriv --reuid "$user" --regid "$user" --init-groups -- "$@" 2>&1
}

install_it() {
	make --no-print-directory -C /opt/retention MODE="$1" install \
	    >/tmp/install 2>&1
	ok $? 'make install' "$(tail -5 /tmp/install)"
	systemd-sysusers retentiond.conf 2>/dev/null &&
	    systemd-tmpfiles --create retentiond.conf
	ok $? 'groups and folders are made'
	getent group retention-admin retention-audit >/dev/null
	ok $? 'the two groups are there'
	systemctl daemon-reload
	same "$(systemd-analyze verify $unit 2>&1)" '' \
	    'systemd-analyze verify has nothing to say of what is installed'
}

people() {
	useradd --system --user-group shop
	for p in ann bob eve; do useradd --user-group $p; done
	usermod -aG retention-admin ann
	usermod -aG retention-audit bob
}

# A database of the user shop in WAL mode: three rows are due, two are not.
application() {
	install -d -o shop -g shop -m 0750 /srv/site
	install -d -o root -g root -m 0755 /srv/other
	sql "PRAGMA journal_mode = wal; CREATE TABLE feedback (id INTEGER
	    PRIMARY KEY, email TEXT, at TEXT, gone_at TEXT);
	    INSERT INTO feedback (email, at) VALUES
	    ('old1@example.org', '2020-01-01T00:00:00Z'),
	    ('old2@example.org', '2020-02-01T00:00:00Z'),
	    ('old3@example.org', '2020-03-01T00:00:00Z'),
	    ('new1@example.org', strftime('%Y-%m-%dT%H:%M:%SZ')),
	    ('new2@example.org', strftime('%Y-%m-%dT%H:%M:%SZ'));
	    CREATE TABLE news (email TEXT PRIMARY KEY, gone_at TEXT);
	    INSERT INTO news VALUES ('ann@example.org', NULL),
	    ('bob@example.org', NULL)" >/dev/null
	chmod 0640 $db
	# a root-owned one beside it: its worker has to be as powerless
	install -d -m 0755 /srv/ours
	sqlite3 /srv/ours/ours.db "CREATE TABLE t (id INTEGER PRIMARY KEY,
	    at TEXT); INSERT INTO t (at) VALUES ('2020-01-01T00:00:00Z'),
	    (strftime('%Y-%m-%dT%H:%M:%SZ'))"
}

policy() {		# PERIOD
	cat <<EOT
notice = { id = "shop"; title = "Shop"; controller = "Example Ltd";
  owner = "Head of Service"; review_by = "2099-12-31"; };
stores = ( { name = "site"; sqlite = "$db"; },
  { name = "ours"; sqlite = "/srv/ours/ours.db"; } );
datasets = (
  { name = "feedback"; promise = "feedback is kept for $1";
    mode = "enforce"; store = "site"; table = "feedback";
    keep = { period = "$1"; from = "at"; clock = "iso8601"; };
    brake = { rows = 10000000; share = 1.0; };
    action = "delete"; },
  { name = "news"; promise = "until they unsubscribe";
    mode = "enforce"; store = "site"; table = "news";
    keep = { until = "gone_at"; clock = "iso8601"; };
    action = "delete"; },
  { name = "t"; promise = "kept for $1";
    mode = "enforce"; store = "ours"; table = "t";
    keep = { period = "$1"; from = "at"; clock = "iso8601"; };
    action = "delete"; }
);
EOT
}

configure() {
	cp /usr/local/share/doc/retentiond/retentiond.conf /etc/retentiond/
	echo 'origin = "host1.example.org";' >>/etc/retentiond/retentiond.conf
	policy '2 years' >/etc/retentiond/policies.d/shop.conf
	mkdir -p /etc/systemd/system/$unit.d
	cat >/etc/systemd/system/$unit.d/test.conf <<-'EOT'
	[Service]
	ReadWritePaths=/srv/site /srv/ours
	WatchdogSec=2
	RestartSec=200ms
	EOT
	systemctl daemon-reload
	vkey=$(retentionctl key init 2>/dev/null)
	has 'a signing key' "$vkey" host1.example.org+
}

test_start() {
	systemctl start $unit
	ok $? 'it starts' "$(log; systemctl status $unit)"
	same "$(show ActiveState)/$(show SubState)" active/running \
	    'and is active, because it said READY'
	ok "$(within 15 rows 2; echo $?)" 'what is due is gone' "$(log)"
	same "$(sql 'SELECT group_concat(email) FROM feedback')" \
	    new1@example.org,new2@example.org 'what is not due is there'
	ok "$(within 5 is StatusText 'nothing needs a person'; echo $?)" \
	    'systemctl status says how it is' "$(show StatusText)"
	within 10 ours 1
	ok $? "a root-owned store works too" "$(log)"
	same "$(stat -c %U:%G /srv/ours/*)" root:root 'and stays of root'
}
ours() {
	[ "$(sqlite3 /srv/ours/ours.db 'SELECT count(*) FROM t')" = "$1" ]
}

owners() {		# TEXT
	# shellcheck disable=SC2012  # names of our own
	same "$(cd /srv/site && stat -c '%n %U:%G %a' -- * | sort)" \
	    "$(cd /srv/site && ls | sed 's/$/ shop:shop 640/' | sort)" \
	    "database and side files still belong to the application, $1"
}

test_places() {
	same "$(stat -c '%a %U' /var/lib/retentiond)" '700 root' \
	    'the state is private'
	same "$(find /var/lib/retentiond -perm /077)" '' \
	    'and so is everything in it'
	same "$(stat -c '%a %U' /run/retentiond/retentiond.prom)" \
	    '644 root' 'metrics may be read by everybody'
	has 'and count' "$(cat /run/retentiond/retentiond.prom)" \
	    'retentiond_erased_total{dataset="shop/feedback"} 3'
	local p
	p=$(show MainPID)
	nsenter -t "$p" -m -- touch /srv/site/probe
	ok $? 'inside the unit: the folder of the drop-in may be written'
	rm -f /srv/site/probe
	for d in /srv/other /etc /etc/retentiond /usr/local /var/lib \
	    /var/tmp/../lib/dpkg; do
		has "inside the unit: $d may not" \
		    "$(nsenter -t "$p" -m -- touch $d/probe 2>&1)" \
		    'Read-only file system'
	done
}

# Holds the database for a while and looks at the worker that waits.
test_worker() {
	local w=''
	exec 7> >(exec runuser -u shop -- sqlite3 $db)
	echo "BEGIN IMMEDIATE; INSERT INTO feedback (email, at) VALUES
	    ('old4@example.org', '2020-01-01T00:00:00Z');
	    COMMIT; BEGIN IMMEDIATE;" >&7
	within 5 rows 3
	retentionctl run >/dev/null
	find_worker() { w=$(pgrep -o -u shop -f '^retentiond-worker'); }
	within 10 find_worker
	ok $? 'a worker runs as the owner of the store' "$(ps axuww)"
	same "$(id_of "$w")" \
	    "$(id -u shop) $(id -g shop) $(id -G shop) 0000000000000000 0000000000000000 1" \
	    'with its groups and no capability at all'
	same "$(cd /srv/site && echo *)" 'site.db site.db-shm site.db-wal' \
	    'with the side files of WAL mode there'
	owners 'during a pass'
	has 'behind a filter for system calls' \
	    "$(cat "/proc/$w/status")" 'Seccomp:	2'
	within 5 filtered "$w"
	ok $? 'a list of its own beside those of the unit' \
	    "$(grep Seccomp "/proc/$w/status" "/proc/$(show MainPID)/status")"
	lacks 'the unit lets it have Landlock and seccomp' "$(log)" ' here: '
	echo 'ROLLBACK;' >&7
	exec 7>&-
	within 15 rows 2
	ok $? 'and finishes when the application lets it' "$(log)"
}
filtered() {		# PID: by one list more than the daemon
	[ "$(filters "$1")" -eq $(($(filters "$(show MainPID)") + 1)) ]
}
filters() { awk '$1 == "Seccomp_filters:" { print $2 }' "/proc/$1/status"; }
id_of() {		# PID: user, group, groups, capabilities
	awk '$1 == "Uid:" { u = $2 } $1 == "Gid:" { g = $2 }
	    $1 == "Groups:" { $1 = ""; gsub(/^ +| +$/, ""); more = $0 }
	    $1 == "CapPrm:" { prm = $2 } $1 == "CapEff:" { eff = $2 }
	    $1 == "NoNewPrivs:" { nnp = $2 }
	    END { print u, g, more, prm, eff, nnp }' "/proc/$1/status"
}

# The worker of a root-owned store keeps the user and loses the rest.
test_root_worker() {
	local w=''
	exec 7> >(exec sqlite3 /srv/ours/ours.db)
	echo "INSERT INTO t (at) VALUES ('2020-01-01T00:00:00Z');
	    BEGIN IMMEDIATE;" >&7
	within 5 ours 2
	retentionctl run >/dev/null
	find_worker() { w=$(pgrep -o -u root -f '^retentiond-worker'); }
	within 10 find_worker
	same "$(id_of "$w")" '0 0  0000000000000000 0000000000000000 1' \
	    'a worker of a root-owned store has no capability either'
	echo 'ROLLBACK;' >&7
	exec 7>&-
	within 15 ours 1
	ok $? 'and finishes' "$(log)"
}

patience() {		# PERIOD
	sed -i "s/^job_timeout .*/job_timeout = \"$1\";/" \
	    /etc/retentiond/retentiond.conf
	retentionctl reload >/dev/null
}

# The daemon may end a worker whoever it runs as (CAP_KILL).
test_hanging_worker() {
	local w=''
	patience '3 seconds'
	exec 7> >(exec runuser -u shop -- sqlite3 $db)
	echo "INSERT INTO feedback (email, at) VALUES
	    ('old5@example.org', '2020-01-01T00:00:00Z');
	    BEGIN IMMEDIATE;" >&7
	within 5 rows 3
	retentionctl run >/dev/null
	find_worker() { w=$(pgrep -o -u shop -f '^retentiond-worker'); }
	within 10 find_worker
	kill -STOP "$w"
	ended() { [ ! -e "/proc/$w" ]; }
	within 10 ended
	ok $? 'a worker that hangs is ended' "$(log -n 10)"
	echo 'ROLLBACK;' >&7
	exec 7>&-
	within 15 rows 2
	ok $? 'and another one does its work' "$(log -n 10)"
}

# systemctl stop asks the daemon; the worker is not torn from its work.
test_stop_at_work() {
	local left before
	sql "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c
	    WHERE i < 300000) INSERT INTO feedback (email, at) SELECT
	    'old' || i || '@example.org', '2020-01-01T00:00:00Z' FROM c"
	before=$(journalctl -q -u $unit -n 0 --show-cursor | tail -1)
	retentionctl run >/dev/null
	fewer() { [ "$(sql 'SELECT count(*) FROM feedback')" -lt 300002 ]; }
	within 20 fewer
	test_stop 'stop at work'
	left=$(sql 'SELECT count(*) FROM feedback')
	[ "$left" -gt 2 ]
	ok $? "stop at work: it was ($left left)"
	lacks 'stop at work: no worker was killed' \
	    "$(log --after-cursor="${before#-- cursor: }")" 'killed by'
	systemctl start $unit
	within 60 rows 2
	ok $? 'stop at work: the rest is done later' "$(log -n 10)"
	retentionctl run --wait >/dev/null 2>&1
	rows 2
	ok $? 'stop at work: to the row'
}

test_until() {
	sql "UPDATE news SET gone_at = strftime('%Y-%m-%dT%H:%M:%SZ')
	    WHERE email = 'ann@example.org'"
	gone() { [ "$(sql 'SELECT count(*) FROM news')" = 1 ]; }
	within 5 gone
	ok $? 'inotify works: unsubscribed, gone within 5 seconds' "$(log)"
}

test_control() {
	local said
	said=$(as bob retentionctl status)
	ok $? 'an auditor may look' "$said"
	said=$(as bob retentionctl run --wait)
	same $? 1 'an auditor may not change'
	has 'and is told' "$said" 'the group of admins may'
	said=$(as bob retentionctl reload)
	same $? 1 'nor reload'
	sql "INSERT INTO feedback (email, at) VALUES ('old5@example.org',
	    '2020-01-01T00:00:00Z')"
	said=$(as ann retentionctl run --wait)
	ok $? 'an administrator may run a pass' "$said"
	rows 2
	ok $? 'which is over when it returns' "$said"
	not as eve retentionctl status >/tmp/said 2>&1
	ok $? 'a stranger may nothing'
	has 'and is told why' "$(cat /tmp/said)" 'may not use this socket'
	not as shop retentionctl run >/dev/null 2>&1
	ok $? 'nor may the owner of the database'
}

test_reload() {
	local main before
	main=$(show MainPID)
	policy '3 years' >/etc/retentiond/policies.d/shop.conf
	systemctl reload $unit
	ok $? 'systemctl reload takes a good policy' "$(log -n 20)"
	has 'and the journal says so' "$(log -n 20)" 'shop/feedback: lengthened'
	same "$(show ActiveState) $(show ReloadResult)" 'active success' \
	    'systemd knows'
	before=$(retentionctl status --json | jq -r .status.policy)
	{ policy '1 fortnight'; echo 'nonsense = 1;'; } \
	    >/etc/retentiond/policies.d/shop.conf
	journalctl --sync
	journalctl --rotate
	not systemctl reload $unit 2>/dev/null
	ok $? 'systemctl reload fails with a broken one'
	has 'every error is in the journal: the first' "$(log -n 40)" \
	    "/etc/retentiond/policies.d/shop.conf:8: "
	has 'the last' "$(log -n 40)" \
	    "/etc/retentiond/policies.d/shop.conf:20: "
	same "$(show ActiveState) $(show MainPID)" "active $main" \
	    'the service goes on'
	same "$(retentionctl status --json | jq -r .status.policy)" "$before" \
	    'with the old policy'
	policy '2 years' >/etc/retentiond/policies.d/shop.conf
	kill -HUP "$main"
	again() { log -n 3 | grep -q 'reload: taken'; }
	within 5 again
	ok $? 'SIGHUP reloads as well' "$(log -n 5)"
	same "$(show ActiveState)" active 'and leaves the service active'
}

test_watchdog() {
	local main
	sleep 3
	is NRestarts 0
	ok $? 'longer than the watchdog waits: it was fed' "$(log -n 5)"
	main=$(show MainPID)
	kill -STOP "$main"
	within 20 is NRestarts 1
	ok $? 'a daemon that hangs is ended and started again' "$(log -n 20)"
	within 10 is SubState running
	ok $? 'and runs' "$(log -n 20)"
	[ "$(show MainPID)" != "$main" ]
	ok $? 'as another process'
	has 'it was the watchdog' "$(journalctl -q --no-pager -u $unit)" \
	    'Watchdog timeout'
	within 10 as bob retentionctl status
	ok $? 'and answers' "$(log -n 20)"
}

test_stop() {		# TEXT
	local said
	systemctl stop $unit
	ok $? "$1: it stops"
	same "$(show ActiveState) $(show Result)" 'inactive success' \
	    "$1: in order"
	said=$(retentionctl audit verify --key "$vkey" 2>&1)
	ok $? "$1: the trail is whole, by the key noted at the beginning" \
	    "$said"
	has "$1: and says so" "$said" VALID
	same "$(pgrep -f '^retentiond')" '' "$1: nothing is left running"
	[ ! -e /run/retentiond ]
	ok $? "$1: nor in /run"
}

test_journal() {
	local all
	journalctl --sync
	all=$(journalctl -q -u $unit -o json --no-pager)
	same "$(jq -rs '[.[] | select(._COMM == "retentiond")
	    | .PRIORITY] | unique | join(" ")' <<<"$all")" '3 4 5 6' \
	    'journal: each line has its own priority'
	lacks 'journal: they are not in the text' "$(log)" '<6>'
	for part in example.org old1 new1 ann@ 2020-0; do
		lacks "journal: no personal data ($part)" \
		    "$(log | grep -v 'host1\.example\.org')" $part
	done
}

test_exposure() {
	local x
	x=$(systemd-analyze security --no-pager $unit | tail -1)
	echo "# $x"
	systemd-analyze security --no-pager --threshold=25 $unit >/dev/null
	ok $? 'exposed by 2.5 at most' "$x"
}

install_it "$1"
people
application
configure
test_start
owners 'after the first pass'
test_places
test_worker
test_root_worker
test_hanging_worker
test_until		# soon after a hanging worker, too
patience '10 minutes'
test_control
owners 'after more passes'
test_exposure
test_reload
test_watchdog
test_stop stop
systemctl start $unit
ok $? 'it starts again' "$(log -n 20)"
sql "INSERT INTO feedback (email, at) VALUES ('old6@example.org',
    '2020-01-01T00:00:00Z')"
retentionctl run --wait >/dev/null 2>&1
rows 2
ok $? 'and works' "$(log -n 20)"
test_stop_at_work
test_stop 'stop again'
owners 'at the end'
test_journal
echo "1..$n"
[ $failed -eq 0 ]

#!/bin/bash
# Proves that the unit works under a real systemd as PID 1: boots this very
# machine's root folder in systemd-nspawn, below an overlay that is thrown
# away, and runs inside.sh there as a unit.  Needs root; skips where it
# cannot boot.  RETENTION_BUILD names the build folder, as for other tests.
# shellcheck disable=SC2317  # what the trap calls
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
mode=$(basename "${RETENTION_BUILD:-build/release}")

skip() {
	echo "1..0 # SKIP $*"
	exit 0
}

[ "$(id -u)" -eq 0 ] || skip 'only root may boot a system'
for p in systemd-nspawn jq sqlite3 setpriv; do
	command -v $p >/dev/null || skip "$p is not installed"
done
for p in /etc/retentiond /var/lib/retentiond; do
	[ ! -e $p ] || skip "$p: this machine has a retentiond of its own"
done

# The folders below which nspawn makes control groups of its own.
groups() {
	awk -F: '{ c = $2; sub(/^name=/, "", c)
	    if (c == "") c = "unified"
	    print "/sys/fs/cgroup/" c $3; print "/sys/fs/cgroup" $3 }' \
	    /proc/self/cgroup
}

work=$(mktemp -d "${TMPDIR:-/tmp}/retention-root.XXXXXX") || exit 1
# Never removes recursively: $work/root is the real root while it is mounted.
clean() {
	! mountpoint -q "$work/root" || umount "$work/root"
	for g in $(groups); do
		for d in "$g/payload" "$g/supervisor"; do
			[ ! -d "$d" ] || find "$d" -depth -type d \
			    -exec rmdir {} + 2>/dev/null
		done
	done
	rm -f "$work/out/tap" "$work/out/console" "$work/test.service"
	rmdir "$work/out" "$work/root" "$work"
}
trap clean EXIT
trap 'exit 1' INT TERM
mkdir "$work/root" "$work/out"
mount --bind / "$work/root" 2>/dev/null ||
    skip 'nothing can be mounted here'

cat >"$work/test.service" <<UNIT
[Unit]
Description=The test of retentiond
After=basic.target
SuccessAction=exit
FailureAction=exit
[Service]
Type=oneshot
TimeoutStartSec=150
ExecStart=/bin/bash /opt/retention/tests/root/inside.sh $mode
StandardOutput=file:/run/retention-out/tap
StandardError=inherit
UNIT

nspawn=(systemd-nspawn --quiet -D "$work/root" --volatile=overlay --boot
    --register=no --console=pipe --link-journal=no --private-network
    --machine=retention-test
    # its own list lacks what workers may confine themselves with
    --system-call-filter='landlock_create_ruleset landlock_add_rule
    landlock_restrict_self openat2'
    --bind-ro="$top:/opt/retention" --bind="$work/out:/run/retention-out"
    --bind-ro="$work/test.service:/run/systemd/system/retention-test.service")
# Without a systemd outside there is nobody to give it a scope.
[ -d /run/systemd/system ] || nspawn+=(--keep-unit)
timeout -k 20 200 "${nspawn[@]}" systemd.unit=retention-test.service \
    </dev/null >"$work/out/console" 2>&1
status=$?

if [ ! -s "$work/out/tap" ]; then
	sed 's/^/# /' "$work/out/console"
	skip "systemd-nspawn cannot boot here (status $status)"
fi
cat "$work/out/tap"
if ! grep -q '^1\.\.' "$work/out/tap"; then
	sed 's/^/# /' "$work/out/console" | tail -20
	echo "Bail out! the system ended in the middle (status $status)"
fi
exit $status

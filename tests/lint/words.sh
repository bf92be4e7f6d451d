#!/bin/sh
# words - nothing unfinished, no path of a build machine, no odd top level.
set -eu
bad=0
list=$(git ls-files 2>/dev/null || find . -type f -not -path './.git/*' -not -path './build/*')
# The words are spelled in two parts so that this file does not find itself.
if printf '%s\n' "$list" | grep -E '^(daemon|include|tests|systemd|contrib|policies)/' |
    grep -v corpus/ | xargs -r grep -nE '\b(TO''DO|FIX''ME|X''XX)\b' --; then
	echo 'unfinished words in the tree'; bad=1
fi
odd=$(printf '%s\n' "$list" | sed 's|^\./||' | cut -d/ -f1 | sort -u |
    grep -vE '^(daemon|policies|include|contrib|tests|Makefile|systemd|README\.md|LICENSE|\..*)$' || true)
[ -z "$odd" ] || { echo "not of the layout: $odd"; bad=1; }
exit $bad

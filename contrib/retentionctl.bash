# bash completion for retentionctl: commands, their second words, options.
# shellcheck shell=bash

_retentionctl() {
	local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local i first='' second='' words
	local common='-c --config --json --help --version'

	case $previous in
	-c | --config | --recovery | --anchor | --state-file | --tsa-ca | --out | --html)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return ;;
	--at | --explain | --before | --keep | --key | --max-age | --dataset | --agreement | --from | --to | --last | --witness | --store | --subject | --matter | --issuer | --reason | --until | --request | --received | --due)
		return ;;
	--type)
		words='genesis start stop policy intent done fail plan approve
			reject hold release restrict unrestrict event request brake
			clock cp rotate rekey anchor shred recover prune scrub'
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
		return ;;
	esac
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c | --config | --at | --explain | --before | --keep | --key | --max-age | --dataset | --type | --last | --anchor | --tsa-ca | --witness | --state-file | --recovery | --agreement | --from | --to | --out | --html | --store | --subject | --matter | --issuer | --reason | --until | --request | --received | --due)
			((i++)) ;;
		-*) ;;
		*)
			if [[ -z $first ]]; then
				first=${COMP_WORDS[i]}
			elif [[ -z $second ]]; then
				second=${COMP_WORDS[i]}
			fi ;;
		esac
	done
	case "$first $second" in
	' ') words='check plan approve reject run scrub status reload clock event hold subject restored audit report key help version' ;;
	'plan '*) words='--at --explain --save' ;;
	'clock ') words='confirm' ;;
	'approve '* | 'reject '*) words='--reason' ;;
	'run '*) words='--wait' ;;
	'event ') words='declare list' ;;
	'event declare') words='--at' ;;
	'hold ') words='add list release' ;;
	'hold add') words='--all --dataset --store --subject --matter --issuer --reason --until' ;;
	'hold release') words='--reason' ;;
	'subject ') words='erase find copy correct requests receive close restrict unrestrict' ;;
	'subject find') words='--show --fast --log-lines' ;;
	'subject copy') words='--out --log-lines --request --received --due' ;;
	'subject requests') words='--all' ;;
	'subject receive') words='find copy correct erase restrict unrestrict --received --due' ;;
	'subject close') words='--reason --refused' ;;
	'subject restrict') words='--matter --issuer --reason --until --request --received --due' ;;
	'subject unrestrict') words='--reason --request --received --due' ;;
	'subject correct') words='--dataset --set --set-null --yes --reason --request --received --due' ;;
	'subject erase') words='--log-lines --reason --request --received --due' ;;
	'audit ') words='verify anchor consistency prune receipt verify-receipt certificate export show' ;;
	'audit prune') words='--before --keep' ;;
	'audit verify') words='--key --max-age --accept-rekey --anchor --tsa-ca --witness --state-file --stores' ;;
	'audit receipt') words='--dataset --key --out' ;;
	'audit verify-receipt' | 'audit export') words='--key' ;;
	'audit certificate') words='--agreement --from --to --key --out' ;;
	'report ') words='--html --from --to --key' ;;
	'audit show') words='--dataset --type --last' ;;
	'key ') words='init show rotate rekey shred' ;;
	'key shred') words='--before' ;;
	'key init') words='--recovery' ;;
	'key rekey') words='--key --recovery' ;;
	'help ') words='check plan run status reload clock event hold subject restored audit report key help version' ;;
	*) words= ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words $common" -- "$word")
	if [[ $first == audit && $second == verify-receipt && $word != -* ]]; then
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
	elif [[ $first == audit && -n $second && $word != -* ]]; then
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$word")
	fi
}
complete -F _retentionctl retentionctl

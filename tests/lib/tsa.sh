#!/bin/sh
# tsa - a time stamping authority (RFC 3161) in a folder, for the tests.
#   tsa.sh make DIR ec|rsa [WHEN]      authority; certificate good for 30 days
#   tsa.sh reply DIR FILE OUT [WHEN]   a response over the bytes of FILE
#   tsa.sh answer DIR QUERY OUT [WHEN] a response to a query that was made
# WHEN ("2026-01-31 10:00:00", UTC) instead of now.  DIGEST: of the imprint.
set -eu
does=$1 dir=$2
at() {
	when=$1
	shift
	if [ -n "$when" ]; then TZ=UTC faketime -f "$when" "$@"; else "$@"; fi
}
case $does in
make)
	when=${4-}
	mkdir -p "$dir"
	cd "$dir"
	case $3 in
	ec) key='-newkey ec -pkeyopt ec_paramgen_curve:P-256' ;;
	*) key='-newkey rsa:2048' ;;
	esac
	cat >tsa.cnf <<-CNF
	[ tsa ]
	default_tsa = one
	[ one ]
	serial = serial
	signer_cert = tsa.pem
	signer_key = tsa.key
	signer_digest = sha256
	default_policy = 1.2.3.4.1
	digests = sha1, sha256, sha512
	accuracy = secs:1
	tsa_name = yes
	ess_cert_id_alg = sha256
	[ ca_ext ]
	basicConstraints = critical, CA:TRUE
	keyUsage = critical, keyCertSign
	subjectKeyIdentifier = hash
	[ tsa_ext ]
	keyUsage = critical, digitalSignature
	extendedKeyUsage = critical, timeStamping
	subjectKeyIdentifier = hash
	authorityKeyIdentifier = keyid
	[ req ]
	distinguished_name = dn
	[ dn ]
	CNF
	echo 01 >serial
	# shellcheck disable=SC2086 # words on purpose
	at "$when" openssl req -config tsa.cnf -x509 -nodes $key -keyout ca.key \
	    -out ca.pem -days 36500 -subj '/CN=Test root' -extensions ca_ext
	# shellcheck disable=SC2086
	at "$when" openssl req -config tsa.cnf -new -nodes $key -keyout tsa.key \
	    -out tsa.csr -subj '/CN=Test time stamps'
	at "$when" openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key \
	    -set_serial 2 -days 30 -extfile tsa.cnf -extensions tsa_ext \
	    -out tsa.pem
	;;
reply)
	openssl ts -query -data "$3" "-${DIGEST:-sha256}" -cert \
	    -out "$dir/query.tsq"
	exec "$0" answer "$dir" "$dir/query.tsq" "$4" "${5-}"
	;;
answer)
	query=$(realpath "$3")
	case $4 in /*) out=$4 ;; *) out=$PWD/$4 ;; esac
	cd "$dir"
	at "${5-}" openssl ts -reply -config tsa.cnf -queryfile "$query" \
	    -out "$out"
	;;
esac

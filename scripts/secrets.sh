#!/bin/sh
# Makes what compose.yaml reads from ./secrets; what is there already stays.
#
# The folder is closed to others. The files in it are readable, because they are mounted as they are
# and Botswain's container runs as a user without rights.
set -eu
cd "$(dirname "$0")/.."
umask 077
mkdir -p secrets
random() { head -c "$1" /dev/urandom; }
make_file() { # NAME; the content comes on stdin
	if [ -s "secrets/$1" ]; then
		return
	fi
	cat >"secrets/$1"
	chmod 0444 "secrets/$1"
	echo "made secrets/$1"
}
random 24 | od -An -v -tx1 | tr -d ' \n' | make_file db_password
printf 'postgres://botswain:%s@db:5432/botswain?sslmode=disable' "$(cat secrets/db_password)" | make_file database_url
random 32 | base64 | make_file encryption_key

#!/bin/sh
# Sees to it that the system packages that Botswain needs are there: scripts/deps.sh WHAT...
#
#   go        Go, 1.21 or newer: it fetches by itself the version that go.mod asks for
#   server    PostgreSQL's server programs, to run
#   browser   Chromium, for the browser tests
#   compiler  a C compiler, which Go's race detector needs
#
# Says nothing when all is there. Installs with apt-get on Debian and Ubuntu; where it can't, it
# ends with one line that names the packages.
set -eu

have() { command -v "$1" >/dev/null 2>&1; }

fail() {
	printf '%s\n' "botswain: $*" >&2
	exit 1
}

oldest_go=21 # of Go 1: older ones can't fetch a newer one

have_go() {
	have go || return
	version=$(cd / && GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || return # "go1.26.3"
	minor_of "${version#go}"
}

# minor_of 1.26.3 says whether that is new enough.
minor_of() {
	case $1 in
	1.[0-9]*) ;;
	[2-9].*) return 0 ;;
	*) return 1 ;;
	esac
	minor=${1#1.}
	minor=${minor%%[!0-9]*}
	[ "$minor" -ge $oldest_go ]
}

# go_by_hand ends this where the system has no package of Go that is new enough.
go_by_hand() {
	case $missing in *go*) ;; *) return 0 ;; esac
	candidate=$(apt-cache policy golang-go 2>/dev/null | sed -n 's/^ *Candidate: \([0-9]*:\)\{0,1\}//p')
	minor_of "$candidate" || fail "Go 1.26 or newer is missing, and this system has no package of it that will do: install it from https://go.dev/dl/"
}

have_server() {
	# With data made by one major version, only that version will do.
	made_by=$(cat "${BOTSWAIN_DATA_DIR:-data}/postgres/PG_VERSION" 2>/dev/null || true)
	[ -x "/usr/lib/postgresql/$made_by/bin/postgres" ] && return
	for bin in /usr/lib/postgresql/${made_by:-*}/bin /usr/pgsql-${made_by:-*}/bin; do
		if [ -x "$bin/postgres" ] && [ -x "$bin/initdb" ]; then
			return 0
		fi
	done
	have postgres && have initdb
}

have_browser() {
	for name in chromium chromium-browser headless_shell google-chrome google-chrome-stable; do
		have "$name" && "$name" --version >/dev/null 2>&1 && return
	done
	return 1
}

have_compiler() { echo '#include <stdlib.h>' | ${CC:-cc} -E - >/dev/null 2>&1; }

# Ubuntu has Chromium under another name (a package that fetches a snap).
browser_package() {
	if apt-cache show chromium 2>/dev/null | grep -q '^Package: chromium$'; then
		echo chromium
	elif apt-cache show chromium-browser >/dev/null 2>&1; then
		echo chromium-browser
	else
		echo chromium
	fi
}

packages_for() {
	case $1 in
	go) echo golang-go ;;
	server) echo "postgresql${made_by:+-$made_by}" ;;
	browser) browser_package ;;
	compiler) echo gcc libc6-dev ;;
	esac
}

missing=
for what in "$@"; do
	case $what in
	go | server | browser | compiler) "have_$what" || missing="$missing $what" ;;
	*) fail "deps.sh knows go, server, browser and compiler, not $what" ;;
	esac
done
[ -n "$missing" ] || exit 0

# names fills $packages with what is missing, as this system calls it.
names() {
	packages=
	for what in $missing; do
		packages="$packages $(packages_for "$what")"
	done
	packages=${packages# }
}

names
have apt-get || { go_by_hand; fail "install these packages first (this system has no apt-get): $packages"; }
as_root=
if [ "$(id -u)" != 0 ]; then
	as_root=sudo
	[ -t 0 ] || as_root='sudo -n' # nobody is there to type a password
	have sudo || fail "install these packages first, as root: apt-get install -y $packages"
	$as_root -v 2>/dev/null || $as_root true || fail "sudo refuses; install these packages first, as root: apt-get install -y $packages"
fi

log=$(mktemp)
conf=/etc/postgresql-common/createcluster.d/botswain-install.conf
clean_up() {
	rm -f "$log"
	[ -z "${conf_written:-}" ] || $as_root rm -f "$conf"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1 </dev/null; }

apt update || true # old lists may do; if not, the installation says so
names              # now that the lists are there
go_by_hand
echo "Installing with apt-get: $packages"

# Debian's package would make and start a cluster of its own on port 5432, which nobody needs here.
# This drop-in says no to that, and goes when the installation is over.
case $missing in
*server*)
	$as_root mkdir -p "${conf%/*}"
	echo 'create_main_cluster = false' | $as_root tee "$conf" >/dev/null
	conf_written=yes
	;;
esac

if ! apt install --no-install-recommends $packages; then
	why=$(grep -m 1 '^E: ' "$log" || tail -n 1 "$log")
	fail "apt-get could not install $packages ($why); install them by hand"
fi
for what in $missing; do
	"have_$what" || fail "$(packages_for "$what") is installed, but doesn't work here; install another $what by hand"
done

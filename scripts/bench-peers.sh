#!/bin/sh
# Puts the supervisors that Botswain is compared with below one directory: scripts/bench-peers.sh DIR
#
#   pm2           with npm, when that is there
#   supervisord   the Debian package, unpacked and not installed, so that no service starts; where
#                 supervisord is installed already, that is taken
#   process-compose  with go, from the module proxy; or what is on PATH
#
# What can't be had is said and left out.
set -eu

dir=${1:?the directory}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
log=$dir/install.log
: >"$log"

have() { command -v "$1" >/dev/null 2>&1; }
left_out() { printf '%s\n' "bench: $1 can't be had: $2" >&2; }

if [ ! -x "$dir/pm2/node_modules/.bin/pm2" ]; then
	if ! have npm; then
		left_out pm2 "there is no npm"
	elif ! { mkdir -p "$dir/pm2" && npm install --prefix "$dir/pm2" --no-audit --no-fund pm2 >>"$log" 2>&1; }; then
		left_out pm2 "npm install failed, see $log"
		rm -rf "$dir/pm2"
	fi
fi

if ! have supervisord && [ ! -x "$dir/supervisor/usr/bin/supervisord" ]; then
	new=$dir/supervisor.new
	rm -rf "$new" && mkdir -p "$new"
	if ! have apt-get || ! have dpkg-deb; then
		left_out supervisord "it isn't installed, and this system has no apt-get"
	elif ! (cd "$new" && apt-get download supervisor >>"$log" 2>&1 && dpkg-deb -x supervisor_*.deb .); then
		left_out supervisord "apt-get download supervisor failed, see $log"
	else
		mv "$new" "$dir/supervisor"
	fi
	rm -rf "$new"
fi

if ! have process-compose && [ ! -x "$dir/bin/process-compose" ]; then
	GOBIN=$dir/bin go install github.com/f1bonacc1/process-compose@latest >>"$log" 2>&1 ||
		left_out process-compose "go install failed, see $log"
fi

#!/bin/sh
# Prints the time every second. Shows: a live log, start and stop.
trap 'echo "INFO clock stopped"; exit 0' TERM INT
echo "INFO clock of ${BOT_NAME:-nobody} started with pid $$"
while :; do
	date '+INFO it is %Y-%m-%d %H:%M:%S'
	sleep 1
done

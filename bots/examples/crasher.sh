#!/bin/sh
# Works for a minute, then fails with exit code 1. Shows: restarts and crashes in the history.
echo "INFO connected, waiting for messages"
n=0
while [ $n -lt 6 ]; do
	sleep 10
	n=$((n + 1))
	echo "INFO $((n * 10)) seconds without a problem"
done
echo "WARN connection lost" >&2
echo "FATAL no answer from the server after 3 tries, giving up" >&2
exit 1

#!/bin/sh
# Talks like a busy bot: several lines a second on both streams, all levels, now and then a stack
# trace of several lines. Shows: levels, filters, search, and how fast a log may run.
n=0
while :; do
	n=$((n + 1))
	echo "DEBUG poll $n: 1 update in $((n * 7 % 90 + 10)) ms"
	case $((n % 5)) in
	0) echo "INFO message from user $((n * 31 % 900 + 100)): /weather" ;;
	1) echo "INFO command /weather answered in $((n * 13 % 200 + 20)) ms" ;;
	2) echo "TRACE cache has $((n % 64)) entries" ;;
	3) echo "INFO message from user $((n * 17 % 900 + 100)): /start" ;;
	4) echo "INFO 2 messages sent" ;;
	esac
	if [ $((n % 20)) -eq 0 ]; then
		echo "WARN rate limit is near: $((n % 7 + 23)) of 30 messages in this second" >&2
	fi
	if [ $((n % 60)) -eq 0 ]; then
		cat >&2 <<END
ERROR update $n could not be handled
Traceback (most recent call last):
  File "weather.py", line 88, in handle
    answer = forecast(city)
  File "weather.py", line 41, in forecast
    return table[city]["tomorrow"]
KeyError: 'tomorrow'
END
	fi
	# Not every sleep knows fractions of a second.
	sleep 0.3 2>/dev/null || sleep 1
done

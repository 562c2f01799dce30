// Package notify gives runs a socket for the protocol of sd_notify(3), so that a bot that can tell
// systemd how it is can tell Botswain the same: READY=1, STOPPING=1, STATUS=…, WATCHDOG=1 and
// WATCHDOG=trigger. What else the protocol has is ignored, MAINPID too: a run's main process is the
// one that was started. Only processes of the run are heard.
package notify

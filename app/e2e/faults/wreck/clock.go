package wreck

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Clock is the machine's clock as it was right: how far it is ahead of the time since boot, which nobody can set.
type Clock time.Duration

// RightClock takes the clock as it is.
func RightClock() (Clock, error) {
	boot, wall, err := clocks()
	return Clock(wall - boot), err
}

// Skew sets the clock ahead of what is right, or behind it. It takes the right to (root), and is felt by all that runs
// on the machine.
func (c Clock) Skew(ahead time.Duration) error {
	boot, _, err := clocks()
	if err != nil {
		return err
	}
	to := unix.NsecToTimespec(int64(boot + time.Duration(c) + ahead))
	if err := unix.ClockSettime(unix.CLOCK_REALTIME, &to); err != nil {
		return fmt.Errorf("set the clock: %w", err)
	}
	return nil
}

// clocks reads both at once, as far as that can be done.
func clocks() (boot, wall time.Duration, err error) {
	var b, w unix.Timespec
	if err = unix.ClockGettime(unix.CLOCK_BOOTTIME, &b); err == nil {
		err = unix.ClockGettime(unix.CLOCK_REALTIME, &w)
	}
	return time.Duration(b.Nano()), time.Duration(w.Nano()), err
}

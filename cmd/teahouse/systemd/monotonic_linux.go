package systemd

import (
	"time"

	"golang.org/x/sys/unix"
)

// monotonic is the clock by which systemd knows whether a reload began before or after it was
// asked for: CLOCK_MONOTONIC.
func monotonic() time.Duration {
	var at unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &at); err != nil {
		return 0 // Linux has this clock
	}
	return time.Duration(at.Nano())
}

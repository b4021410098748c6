package store

import (
	"os"

	"golang.org/x/sys/windows"
)

// errLocked is flock's answer when another open file holds the lock.
var errLocked = windows.ERROR_LOCK_VIOLATION

// flock locks f exclusively, without waiting, until f is closed. The locked
// byte lies far beyond the content, so that others can read that.
func flock(f *os.File) error {
	const farAway = 1<<32 - 1
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_FAIL_IMMEDIATELY|windows.LOCKFILE_EXCLUSIVE_LOCK,
		0, 1, 0, &windows.Overlapped{Offset: farAway, OffsetHigh: farAway})
}

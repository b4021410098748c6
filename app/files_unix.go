//go:build unix

package app

import "golang.org/x/sys/unix"

// openFiles returns how many files the process may have open, 0 if that is not
// known.
func openFiles() uint64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return uint64(limit.Cur) //nolint:unconvert // it is signed on FreeBSD
}

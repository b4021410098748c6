//go:build !linux

package store

import (
	"testing"
	"time"
)

// evict needs Linux; elsewhere the cold benchmark is a warm one.
func evict(testing.TB, string) {}

// cpuTime needs Linux.
func cpuTime() time.Duration { return 0 }

//go:build !linux

package store

import "testing"

// evict needs Linux; elsewhere the cold benchmark is a warm one.
func evict(testing.TB, string) {}

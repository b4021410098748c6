package main

import (
	"fmt"
	"testing"
)

// TestStartOffset: accounts begin their day spread over the minutes, the same one in
// every run.
func TestStartOffset(t *testing.T) {
	seen := map[int]int{} // accounts by minute
	for i := range 200 {
		id := fmt.Sprintf("wx%016d", i)
		d := startOffset(id)
		if d < 0 || d >= spread || d != startOffset(id) {
			t.Errorf("startOffset(%s) = %s", id, d)
		}
		seen[int(d.Minutes())]++
	}
	for minute := range int(spread.Minutes()) {
		if n := seen[minute]; n == 0 || n > 50 {
			t.Errorf("%d of 200 accounts begin in minute %d", n, minute)
		}
	}
}

package store

import (
	"strings"
	"testing"
)

// TestNotWritable: a start where nobody can write says what to do. Not even root
// makes directories in /sys.
func TestNotWritable(t *testing.T) {
	_, err := Open(t.Context(), Options{Path: "/sys/wx_exporter"})
	if err == nil || !strings.Contains(err.Error(), "store /sys/wx_exporter: ") || !strings.Contains(err.Error(), "name another directory with --storage.path") || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}

//go:build e2e

package app

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

// TestExportDemo: without a store the simulated accounts' days are written, from the one
// asked for on, or of two years, whatever a day's share of calls would allow.
func TestExportDemo(t *testing.T) {
	t.Chdir(t.TempDir())
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, calendar.Beijing)
	for _, c := range []struct {
		args  string
		since string
		days  int
	}{
		{"--since=2025-06-01 --collector=interface", "2025-06-01", 2 * 538},
		{"--collector=interface", "2024-11-20", 2 * 731},
	} {
		var out bytes.Buffer
		code := Run(t.Context(), append([]string{"export", "--demo"}, strings.Fields(c.args)...), Host{Getenv: func(string) string { return "" }, Stdout: &out, Stderr: &out, Now: func() time.Time { return now }})
		first, err := calendar.ParseDay(c.since)
		if err != nil {
			t.Fatal(err)
		}
		noon := fmt.Sprint(first.Start().Add(12 * time.Hour).Unix())
		if n := strings.Count(out.String(), "\nwx_history_interface_callbacks{"); code != 0 || n != c.days {
			t.Errorf("export --demo %s: exit code %d, %d days, want %d", c.args, code, n, c.days)
		}
		if !regexp.MustCompile(`\nwx_history_interface_callbacks\{account="brand"\} [1-9]\d* ` + noon + "\n").MatchString(out.String()) {
			t.Errorf("export --demo %s has no figure of %s", c.args, c.since)
		}
	}
	if left, err := filepath.Glob("*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

package calendar

import (
	"testing"
	"time"
)

func TestDay(t *testing.T) {
	for _, c := range []struct{ at, day, monday, first, next string }{
		{"2026-11-20T15:59:59Z", "2026-11-20", "2026-11-16", "2026-11-01", "2026-12-01"},
		{"2026-11-20T16:00:00Z", "2026-11-21", "2026-11-16", "2026-11-01", "2026-12-01"},
		{"2026-12-31T16:00:00Z", "2027-01-01", "2026-12-28", "2027-01-01", "2027-02-01"},
		{"2024-02-28T23:00:00-05:00", "2024-02-29", "2024-02-26", "2024-02-01", "2024-03-01"},
		{"1970-01-01T16:00:00Z", "1970-01-02", "1969-12-29", "1970-01-01", "1970-02-01"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		d := DayOf(at)
		if got := [4]string{d.String(), d.Monday().String(), d.FirstOfMonth().String(), d.NextMonth().String()}; got != [4]string{c.day, c.monday, c.first, c.next} {
			t.Errorf("%s: day, Monday, first, next month = %v", c.at, got)
		}
		if back, err := ParseDay(d.String()); err != nil || back != d {
			t.Errorf("ParseDay(%s) = %v, %v", d, back, err)
		}
		if DayOf(d.Start()) != d || DayOf(d.Start().Add(-time.Second)) != d-1 {
			t.Errorf("%s does not start at its own midnight", d)
		}
	}
	if FirstDay.String() != "2014-12-01" {
		t.Errorf("FirstDay = %s", FirstDay)
	}
	for _, bad := range []string{"", "2026-2-01", "20260201", "2026-02-30", "2026-02-01 "} {
		if d, err := ParseDay(bad); err == nil {
			t.Errorf("ParseDay(%q) = %s, want an error", bad, d)
		}
	}
}

package calendar

import (
	"fmt"
	"testing"
)

// TestPeriods: of each period, the one that a day lies in, the next, the one before,
// and the newest that is over.
func TestPeriods(t *testing.T) {
	for _, c := range []struct {
		period Period
		day    string
		want   string // first, last, next, two before, newest
	}{
		{Daily, "2026-03-01", "2026-03-01 2026-03-01 2026-03-02 2026-02-27 2026-03-01"},
		{Weekly, "2026-11-22", "2026-11-16 2026-11-22 2026-11-23 2026-11-02 2026-11-16"},
		{Weekly, "2026-11-23", "2026-11-23 2026-11-29 2026-11-30 2026-11-09 2026-11-16"},
		{Monthly, "2026-01-31", "2026-01-01 2026-01-31 2026-02-01 2025-11-01 2026-01-01"},
		{Monthly, "2028-02-28", "2028-02-01 2028-02-29 2028-03-01 2027-12-01 2028-01-01"},
		{HalfMonthly, "2026-11-15", "2026-11-01 2026-11-15 2026-11-16 2026-10-01 2026-11-01"},
		{HalfMonthly, "2026-11-16", "2026-11-16 2026-11-30 2026-12-01 2026-10-16 2026-11-01"},
		{HalfMonthly, "2028-02-29", "2028-02-16 2028-02-29 2028-03-01 2028-01-16 2028-02-16"},
		{HalfMonthly, "2026-01-01", "2026-01-01 2026-01-15 2026-01-16 2025-12-01 2025-12-16"},
	} {
		d, err := ParseDay(c.day)
		if err != nil {
			t.Fatal(err)
		}
		p := c.period
		if got := fmt.Sprint(p.First(d), p.Last(d), p.Step(d, 1), p.Step(d, -2), p.Newest(d)); got != fmt.Sprint(c.want) {
			t.Errorf("%d at %s: %s, want %s", p, c.day, got, c.want)
		}
	}
}

// TestRead: days as answers write them.
func TestRead(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-20": "2026-11-20", "20261120": "2026-11-20", "202610": "2026-10-01", "20261116-20261122": "2026-11-16",
		"2026-13-01": "", "202613": "", "": "", "20261116-2026112": "", "2026": "",
	} {
		if got, err := Read(text); (err != nil) != (want == "") || err == nil && got.String() != want {
			t.Errorf("%q: %v, %v, want %q", text, got, err, want)
		}
	}
}

package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestUnsent follows what a receiver is still to be sent.
func TestUnsent(t *testing.T) {
	onBoth(t, func(t *testing.T, w world) {
		s := w.open(t)
		at := testNow
		put := func(date, rows string, open bool) {
			at = at.Add(time.Second)
			s.Put("wx1", "getusersummary", Day{Date: date, Rows: []byte(rows), Open: open, Fetched: at})
		}
		sent := func(date, sum string, again time.Time) {
			t.Helper()
			days, err := s.Days("wx1", "getusersummary", date, date)
			if err != nil || len(days) != 1 {
				t.Fatalf("%v, %v", days, err)
			}
			if err := s.SetSent("prometheus", Sent{Account: "wx1", API: "getusersummary", Date: date, Fetched: days[0].Fetched, Sum: sum, Again: again}); err != nil {
				t.Fatal(err)
			}
		}
		want := func(what, receiver string, want ...string) {
			t.Helper()
			all, err := s.Unsent(receiver, "wx1", at)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range all {
				got = append(got, fmt.Sprintf("%s %s%s", d.API, d.Date, d.Sum))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		put("2026-11-18", `[{"new_user":1}]`, false)
		put("2026-11-19", `[{"new_user":2}]`, false)
		put("2026-11-20", `[]`, false)
		put("2026-11-21", `[{"new_user":3}]`, true)
		s.Put("wx2", "getusersummary", Day{Date: "2026-11-19", Rows: []byte(`[{}]`), Fetched: at})
		want("days that are final and have rows", "prometheus", "getusersummary 2026-11-19", "getusersummary 2026-11-18")
		sent("2026-11-18", " a", time.Time{})
		sent("2026-11-19", "", time.Time{})
		want("sent or refused", "prometheus")
		want("another receiver", "other", "getusersummary 2026-11-19", "getusersummary 2026-11-18")
		put("2026-11-18", `[{"new_user":4}]`, false)
		put("2026-11-21", `[{"new_user":3}]`, false)
		want("corrected, and final by now", "prometheus", "getusersummary 2026-11-21", "getusersummary 2026-11-18 a")
		sent("2026-11-18", " b", at.Add(time.Hour))
		sent("2026-11-21", " c", time.Time{})
		want("to be sent again, but not yet", "prometheus")
		at = at.Add(2 * time.Hour)
		want("to be sent again", "prometheus", "getusersummary 2026-11-18 b")
		if err := s.RetryRefused("prometheus"); err != nil {
			t.Fatal(err)
		}
		want("what was refused, too", "prometheus", "getusersummary 2026-11-19", "getusersummary 2026-11-18 b")
		if _, err := s.DeleteBefore(always("2026-11-20")); err != nil {
			t.Fatal(err)
		}
		want("deleted", "prometheus")
		put("2026-11-18", `[{"new_user":4}]`, false)
		want("back again", "prometheus", "getusersummary 2026-11-18")
	})
}

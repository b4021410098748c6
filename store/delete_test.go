package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// always is a date for every API.
func always(date string) func(string) string { return func(string) string { return date } }

// TestDeleteBefore: each API has a limit of its own. What goes is told before and
// after, exactly; nothing else goes.
func TestDeleteBefore(t *testing.T) {
	onBoth(t, func(t *testing.T, w world) {
		s := w.open(t)
		defer mustClose(t, s)
		s.Put("wx1", sampleAPI, sampleDays("wx1", 0, 9)...)
		s.Put("wx2", sampleAPI, sampleDays("wx2", 3, 9)...)
		s.Put("wx3", sampleAPI, sampleDays("wx3", 5, 9)...)
		s.Put("wx4", "getusercumulate", sampleDays("wx4", 0, 9)...)
		before := func(api string) string {
			if api == "getusercumulate" {
				return sampleDate(1)
			}
			return sampleDate(5)
		}
		want := Old{Rows: 5 + 2 + 1, Accounts: 3, Oldest: sampleDate(0), Newest: sampleDate(4)}
		if got, err := s.Before(before); got != want || err != nil {
			t.Errorf("before: %+v, %v, want %+v", got, err, want)
		}
		wantDays(t, s, "wx1", sampleDays("wx1", 0, 9)...)
		if got, err := s.DeleteBefore(before); got != want || err != nil {
			t.Errorf("deleted: %+v, %v, want %+v", got, err, want)
		}
		for _, account := range []string{"wx1", "wx2", "wx3"} {
			wantDays(t, s, account, sampleDays(account, 5, 9)...)
		}
		got, err := s.Days("wx4", "getusercumulate", "0000", "9999")
		if diff := cmp.Diff(sampleDays("wx4", 1, 9), got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if got, err := s.DeleteBefore(before); got != (Old{}) || err != nil {
			t.Errorf("again: %+v, %v", got, err)
		}
	})
}

// TestNotes: what is noted outlives the process.
func TestNotes(t *testing.T) {
	onBoth(t, func(t *testing.T, w world) {
		for _, want := range []string{"", "a", "b"} {
			s := w.open(t)
			if got, err := s.Note("retention"); got != want || err != nil {
				t.Errorf("%q, %v, want %q", got, err, want)
			}
			next := map[string]string{"": "a", "a": "b", "b": "c"}[want]
			if err := s.SetNote("retention", next); err != nil {
				t.Error(err)
			}
			mustClose(t, s)
		}
	})
}

package store

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lookedUp says what Look found.
func lookedUp(t *testing.T, s *Store, account string, spans ...Span) (all []string) {
	t.Helper()
	found, err := s.Look(account, spans...)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		all = append(all, fmt.Sprintf("%s %s %s %t %s", f.Account, f.API, f.Date, f.Open, f.Rows))
	}
	return all
}

// TestLookAtSpans: days of several APIs, of one account or of all, in one look.
func TestLookAtSpans(t *testing.T) {
	onBoth(t, func(t *testing.T, w world) {
		s := w.open(t)
		for _, account := range []string{"a", "b"} {
			for _, api := range []string{"x", "y", "z"} {
				for _, d := range []string{"2026-11-01", "2026-11-02", "2026-11-03"} {
					s.Put(account, api, Day{Date: d, Rows: []byte("[]"), Open: d > "2026-11-02"})
				}
			}
		}
		spans := []Span{{"x", "2026-11-02", "2026-11-03"}, {"y", "2026-11-01", "2026-11-01"}}
		of := func(account string) []string {
			return []string{
				account + " x 2026-11-02 false []", account + " x 2026-11-03 true []", account + " y 2026-11-01 false []",
			}
		}
		if diff := cmp.Diff(of("b"), lookedUp(t, s, "b", spans...)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(append(of("a"), of("b")...), lookedUp(t, s, "", spans...)); diff != "" {
			t.Error(diff)
		}
		if got := lookedUp(t, s, "a"); got != nil {
			t.Error(got)
		}
	})
}

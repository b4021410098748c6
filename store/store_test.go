package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestStore holds both engines to what the exporter counts on.
func TestStore(t *testing.T) {
	onBoth(t, func(t *testing.T, w world) {
		s := w.open(t)
		again := func() {
			t.Helper()
			mustClose(t, s)
			s = w.open(t)
		}
		t.Run("days", func(t *testing.T) {
			wantDays(t, s, "wx1")
			s.Put("wx1", sampleAPI, sampleDays("wx1", 4, 9)...)
			s.Put("wx1", sampleAPI, sampleDays("wx1", 0, 3)...)
			s.Put("wx2", sampleAPI, sampleDay("wx2", 0))
			s.Put("wx1", "getusercumulate", sampleDay("wx1", 0))
			s.Put("wx1", sampleAPI)
			for range 2 {
				wantDays(t, s, "wx1", sampleDays("wx1", 0, 9)...)
				wantDays(t, s, "wx2", sampleDay("wx2", 0))
				got, err := s.Days("wx1", sampleAPI, sampleDate(3), sampleDate(5))
				if diff := cmp.Diff(sampleDays("wx1", 3, 5), got); diff != "" || err != nil {
					t.Error(diff, err)
				}
				again()
			}
		})
		t.Run("known", func(t *testing.T) {
			got, err := s.Known("wx1", sampleAPI, sampleDate(1), sampleDate(2))
			want := []DayInfo{
				{Date: sampleDate(1), Fetched: sampleDay("", 1).Fetched, HasRows: true},
				{Date: sampleDate(2), Fetched: sampleDay("", 2).Fetched, Open: true},
			}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
		t.Run("fetched in another zone", func(t *testing.T) {
			d := sampleDay("wx6", 0)
			d.Fetched = d.Fetched.In(time.FixedZone("Beijing", 8*60*60))
			s.Put("wx6", sampleAPI, d)
			mustClose(t, s)
			s = w.open(t)
			wantDays(t, s, "wx6", sampleDay("wx6", 0))
		})
		t.Run("replaced", func(t *testing.T) {
			d := sampleDay("wx2", 0)
			for _, d.Open = range []bool{true, false} {
				d.Rows = fmt.Appendf(nil, `[{"corrected":%v}]`, d.Open)
				d.Fetched = d.Fetched.Add(time.Hour)
				s.Put("wx2", sampleAPI, d)
				wantDays(t, s, "wx2", d)
			}
		})
		t.Run("state", func(t *testing.T) {
			for _, want := range []string{"", "{}", `{"later":"中文"}`} {
				if want != "" {
					s.PutState("wx1", "quotas", []byte(want))
					s.PutState("wx2", "quotas", []byte("other"))
					s.PutState("wx1", "states", []byte("other"))
				}
				for range 2 {
					got, err := s.State("wx1", "quotas")
					if string(got) != want || err != nil || (got == nil) != (want == "") {
						t.Errorf("state %q, %v, want %q", got, err, want)
					}
					again()
				}
			}
		})
		t.Run("the host's zone", func(t *testing.T) {
			d := sampleDay("wx6", 0)
			d.Fetched = d.Fetched.In(time.FixedZone("east", 8*60*60))
			s.Put("wx6", sampleAPI, d)
			again()
			wantDays(t, s, "wx6", sampleDay("wx6", 0))
		})
		t.Run("count", func(t *testing.T) {
			for account, want := range map[string]int{"wx1": 11, "wx2": 1, "wx3": 0} {
				if got := s.Count(account); got != want {
					t.Errorf("%s: %d days, want %d", account, got, want)
				}
			}
			s.Put("wx3", sampleAPI, sampleDays("wx3", 0, 4)...)
			s.Put("wx3", sampleAPI, sampleDays("wx3", 3, 5)...)
			if got := s.Count("wx3"); got != 6 {
				t.Errorf("%d days, want 6", got)
			}
			if got := s.SizeBytes(); got < 20_000 || got > 10_000_000 {
				t.Errorf("%d bytes", got)
			}
		})
		t.Run("delete", func(t *testing.T) {
			if _, err := s.DeleteBefore(always(sampleDate(5))); err != nil {
				t.Fatal(err)
			}
			wantDays(t, s, "wx1", sampleDays("wx1", 5, 9)...)
			wantDays(t, s, "wx3", sampleDay("wx3", 5))
			if a, b := s.Count("wx1"), s.Count("wx2"); a != 5 || b != 0 {
				t.Errorf("%d and %d days, want 5 and 0", a, b)
			}
		})
		t.Run("refused", func(t *testing.T) {
			before := w.log.String()
			s.Put("", sampleAPI, sampleDay("", 0))
			s.Put("wx\x00", sampleAPI, sampleDay("", 0))
			for _, d := range []Day{{Date: "today"}, {Date: "2026-01-40"}, {Date: sampleDate(1), Rows: []byte("{}")}, {Date: sampleDate(1), Rows: []byte("[1")}} {
				s.Put("wx4", sampleAPI, d)
			}
			s.PutState("wx4", "x", []byte("\xff"))
			s.PutState("wx4", "x", []byte("a\x00"))
			s.SetAccounts(Account{Name: "nobody"})
			if before != "" || w.log.count("dropping an invalid") != 9 || w.log.count("level=error") != 9 {
				t.Error(w.log)
			}
			wantHealthy(t, s, true)
			wantDays(t, s, "wx4")
		})
		t.Run("kept as JSON whatever the bytes", func(t *testing.T) {
			s.Put("wx5", sampleAPI, Day{Date: sampleDate(0)}, Day{Date: sampleDate(1), Rows: []byte("[{\"title\":\"\xff\\u0000\\uDC00\"}]")})
			wantDays(t, s, "wx5", Day{Date: sampleDate(0), Rows: []byte("[]")}, Day{Date: sampleDate(1), Rows: []byte("[{\"title\":\"\ufffd\\ufffd\\ufffd\"}]")})
		})
		mustClose(t, s)
	})
}

// TestManyAtOnce: what many accounts put at the same time, while others read, is
// all there when Put returns.
func TestManyAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, w world) {
		s := w.open(t)
		defer s.Close()
		var wg sync.WaitGroup
		for a := range 40 {
			wg.Go(func() {
				account := fmt.Sprint("wx", a)
				for n := range 10 {
					s.Put(account, sampleAPI, sampleDay(account, n))
					s.PutState(account, "n", fmt.Append(nil, n))
					wantDays(t, s, account, sampleDays(account, 0, n)...)
				}
			})
		}
		wg.Wait()
		wantHealthy(t, s, true)
		if len(s.waiting) != 0 {
			t.Errorf("%d places wait", len(s.waiting))
		}
	})
}

// TestNewer: a database of a newer version is refused and stays as it is.
func TestNewer(t *testing.T) {
	onBoth(t, func(t *testing.T, w world) {
		s := w.open(t)
		s.Put("wx1", sampleAPI, sampleDays("wx1", 0, 3)...)
		setVersion := func(version string) {
			if _, err := s.db.Exec(upsertOf["meta"], "version", version); err != nil {
				t.Fatal(err)
			}
		}
		setVersion("2")
		mustClose(t, s)
		if _, err := Open(t.Context(), w.Options); !errors.Is(err, errNewer) {
			t.Fatalf("error %v", err)
		}
		if w.log.String() != "" {
			t.Error(w.log)
		}
		if w.URL == "" && len(setAsides(t, w.Path)) > 0 {
			t.Error("it was set aside")
		}
	})
}

// TestStartErrors: what keeps the exporter from starting is told in one line.
func TestStartErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dirs := t.TempDir()
	if err := os.Mkdir(filepath.Join(dirs, sqliteName), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"path is a file":      {Path: file},
		"path is below one":   {Path: filepath.Join(file, "data")},
		"the file is another": {Path: dirs},
		"no server":           {URL: "postgres://wx:geheim@127.0.0.1:1/wx?sslmode=disable"},
		"no such URL":         {URL: "postgres://wx:geheim@127.0.0.1:x/wx"},
		"a broken URL":        {URL: "postgres://wx:gehe%zzim@127.0.0.1/wx"},
		"no such setting":     {URL: "host=127.0.0.1 password=geheim sslmode=maybe"},
	} {
		_, err := Open(t.Context(), o)
		if err == nil || strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "gehe%zz") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v", name, err)
		}
		t.Log(err)
	}
}

// TestTwoProcesses: a second exporter is told who the first one is, and readers
// are welcome all the time.
func TestTwoProcesses(t *testing.T) {
	w := newWorld(t.TempDir(), "")
	s := w.open(t)
	s.Put("wx1", sampleAPI, sampleDay("wx1", 0))
	_, err := Open(t.Context(), w.Options)
	if want := fmt.Sprintf("in use by process %d on ", os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
	f := s.engine.(*sqliteFile)
	if who := f.user(t.Context()); !strings.HasPrefix(who, "process ") { // opened for reading, as export and sqlite3 do
		t.Error(who)
	}
	s.Put("wx1", sampleAPI, sampleDay("wx1", 1))
	mustClose(t, s)
	s = w.open(t)
	wantDays(t, s, "wx1", sampleDays("wx1", 0, 1)...)
	mustClose(t, s)
}

// TestStopped: a start that is stopped ends at once.
func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := newWorld(t.TempDir(), "")
	if _, err := Open(ctx, w.Options); !errors.Is(err, context.Canceled) || len(setAsides(t, w.Path)) > 0 {
		t.Errorf("error %v", err)
	}
}

// TestOddPath: SQLite takes names for URIs, in which some characters mean
// something.
func TestOddPath(t *testing.T) {
	w := newWorld(filepath.Join(t.TempDir(), "a b?mode=memory#%41&中文"), "")
	s := w.open(t)
	s.Put("wx1", sampleAPI, sampleDay("wx1", 0))
	mustClose(t, s)
	if info, err := os.Stat(filepath.Join(w.Path, sqliteName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	s = w.open(t)
	wantDays(t, s, "wx1", sampleDay("wx1", 0))
	mustClose(t, s)
}

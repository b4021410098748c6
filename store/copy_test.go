package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/store/pgtest"
)

// contents are the lines of all tables but those of running processes, in order.
func contents(t *testing.T, s *Store) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, c := range copied {
		var casts []string
		for column := range strings.SplitSeq(c.columns, ", ") {
			if column == "open" {
				column = "CASE WHEN open THEN 1 ELSE 0 END"
			}
			casts = append(casts, "CAST("+column+" AS TEXT)")
		}
		rows, err := s.db.QueryContext(t.Context(), "SELECT "+strings.Join(casts, " || '|' || ")+" FROM "+c.table+" ORDER BY 1")
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			all[c.table] = append(all[c.table], line)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// filled opens a store with something in every table.
func filled(t *testing.T, w world) *Store {
	t.Helper()
	s := w.open(t)
	t.Cleanup(func() { mustClose(t, s) })
	s.SetAccounts(Account{ID: "wx1", Name: "品牌", Labels: map[string]string{"team": "a"}}, Account{ID: "wx2", Name: "shop"})
	for _, id := range []string{"wx1", "wx2"} {
		s.Put(id, sampleAPI, sampleDays(id, 0, 40)...)
		s.PutState(id, "poll", []byte(`{"calls":7}`))
	}
	s.PutRefreshToken("wx2", []byte(`"refresh-me"`))
	if err := s.SetSent("prometheus", Sent{Account: "wx1", API: sampleAPI, Date: sampleDate(0), Fetched: testNow, Sum: "s", Again: testNow.Add(time.Hour)},
		Sent{Account: "wx2", API: sampleAPI, Date: sampleDate(1), Fetched: testNow, Sum: "t"}); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestCopy: a copy has what the store has, from one engine to the other and back.
func TestCopy(t *testing.T) {
	server := pgtest.Start(t, "fsync=off")
	sqlite := func() world { return newWorld(t.TempDir(), "") }
	postgres := func() world { return newWorld("", server.Database(t)) }
	first := filled(t, sqlite())
	want := contents(t, first)
	from := first
	for _, next := range []func() world{postgres, postgres, sqlite, sqlite} {
		to := next().open(t)
		t.Cleanup(func() { mustClose(t, to) })
		shown := 0
		lines, err := from.CopyTo(t.Context(), to, func(string, int) { shown++ })
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, contents(t, to)); diff != "" {
			t.Errorf("- the store, + its copy:\n%s", diff)
		}
		if lines["days"] != 82 || lines["accounts"] != 2 || lines["state"] != 3 || lines["sent"] != 2 || shown != 89 {
			t.Errorf("it says that it copied %v, and showed %d lines", lines, shown)
		}
		wantDays(t, to, "wx1", sampleDays("wx1", 0, 40)...)
		from = to
	}
}

// TestCopyIntoSomething: what is there stays as it is.
func TestCopyIntoSomething(t *testing.T) {
	onBoth(t, func(t *testing.T, w world) {
		from, to := filled(t, newWorld(t.TempDir(), "")), w.open(t)
		t.Cleanup(func() { mustClose(t, to) })
		to.PutState("wx9", "poll", []byte("1"))
		before := contents(t, to)
		if _, err := from.CopyTo(t.Context(), to, func(string, int) {}); !errors.Is(err, errNotEmpty) {
			t.Errorf("copying over something: %v", err)
		}
		if diff := cmp.Diff(before, contents(t, to)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestCopyInterrupted: half a copy is none.
func TestCopyInterrupted(t *testing.T) {
	onBoth(t, func(t *testing.T, w world) {
		from, to := filled(t, newWorld(t.TempDir(), "")), w.open(t)
		t.Cleanup(func() { mustClose(t, to) })
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := from.CopyTo(ctx, to, func(table string, lines int) {
			if table == "days" && lines == 30 {
				cancel()
			}
		})
		if err == nil {
			t.Error("an interrupted copy is no error")
		}
		if diff := cmp.Diff(map[string][]string{}, contents(t, to)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestForget: nothing of a forgotten account is in any table, nor in the file, and
// everything of the others is.
func TestForget(t *testing.T) {
	onBoth(t, func(t *testing.T, w world) {
		s := filled(t, w)
		others := contents(t, s)
		for table, lines := range others {
			var kept []string
			for _, line := range lines {
				if !strings.Contains(line, "wx2") {
					kept = append(kept, line)
				}
			}
			others[table] = kept
		}
		days, err := s.Forget(t.Context(), "wx2")
		if err != nil || days != 41 {
			t.Errorf("%d days forgotten: %v", days, err)
		}
		if diff := cmp.Diff(others, contents(t, s)); diff != "" {
			t.Errorf("- what the others had, + what is left:\n%s", diff)
		}
		for _, table := range []string{"leases", "replicas"} {
			var n int
			if err := s.db.QueryRowContext(t.Context(), fmt.Sprintf("SELECT count(*) FROM %s", table)).Scan(&n); err != nil || n != 0 {
				t.Errorf("%s has %d lines: %v", table, n, err)
			}
		}
		if w.Path == "" {
			return
		}
		files, err := filepath.Glob(filepath.Join(w.Path, sqliteName+"*"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(content, []byte("wx2")) || bytes.Contains(content, []byte("refresh-me")) {
				t.Errorf("%s still has the account in it", filepath.Base(file))
			}
		}
	})
}

// TestForgetPolled: what a replica polls cannot be forgotten.
func TestForgetPolled(t *testing.T) {
	w := newWorld("", pgtest.Start(t, "fsync=off").Database(t))
	w.Replica = "one"
	s := filled(t, w)
	replicas := s.Replicas(time.Minute)
	if _, err := replicas.Beat(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := replicas.Acquire(t.Context(), []string{"wx2"}); err != nil {
		t.Fatal(err)
	}
	before := contents(t, s)
	if _, err := s.Forget(t.Context(), "wx2"); err == nil || !strings.Contains(err.Error(), "replica one") {
		t.Errorf("forgetting what a replica polls: %v", err)
	}
	if diff := cmp.Diff(before, contents(t, s)); diff != "" {
		t.Error(diff)
	}
}

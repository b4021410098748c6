package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/store/pgtest"
)

// named opens a database as a replica.
func (w world) named(t *testing.T, name string) (*Store, *Replicas) {
	t.Helper()
	w.Replica = name
	s := w.open(t)
	t.Cleanup(func() { mustClose(t, s) })
	return s, s.Replicas(time.Minute)
}

// wantLook fails unless a look finds just this: account and API.
func wantLook(t *testing.T, r *Replicas, want ...string) {
	t.Helper()
	var found []string
	if err := r.Look(t.Context(), func(account, api string) { found = append(found, account+" "+api) }); err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
}

// TestLook: a replica sees once what others have stored, nothing of its own, and
// nothing that a notification told it.
func TestLook(t *testing.T) {
	server := pgtest.Start(t, "fsync=off")
	w := newWorld("", server.Database(t))
	a, lookA := w.named(t, "a")
	b, lookB := w.named(t, "b")
	a.Put("wx1", sampleAPI, sampleDay("wx1", 0))
	a.PutState("wx1", "poll", []byte("{}"))
	b.Put("wx2", sampleAPI, sampleDay("wx2", 0))
	wantLook(t, lookA, "wx2 "+sampleAPI)
	wantLook(t, lookA)
	wantLook(t, lookB, "wx1 ", "wx1 "+sampleAPI)
	a.Put("wx1", sampleAPI, sampleDay("wx1", 0))
	wantLook(t, lookB, "wx1 "+sampleAPI)
	wantLook(t, lookB)

	t.Run("a transaction that is still running", func(t *testing.T) {
		tx, err := a.db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if err := a.tell(t.Context(), tx, []key{{"days", "wx3", sampleAPI, sampleDate(0)}}); err != nil {
			t.Fatal(err)
		}
		a.Put("wx1", sampleAPI, sampleDay("wx1", 1)) // a later one is committed before it
		wantLook(t, lookB, "wx1 "+sampleAPI)
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		wantLook(t, lookB, "wx3 "+sampleAPI)
		wantLook(t, lookB)
	})
	t.Run("told", func(t *testing.T) {
		began, heard := make(chan bool), make(chan string, 10)
		go func() {
			_ = lookB.Listen(t.Context(), func() { close(began) }, func(account, api string) { heard <- account + " " + api })
		}()
		<-began
		a.PutState("wx4", "poll", []byte("{}"))
		if got := <-heard; got != "wx4 " {
			t.Error(got)
		}
		wantLook(t, lookB)
	})
	t.Run("restored", func(t *testing.T) {
		lookB.looks.next(1 << 40) // of a server that had counted further
		wantLook(t, lookB)
		a.Put("wx5", sampleAPI, sampleDay("wx5", 0))
		found := 0
		if err := lookB.Look(t.Context(), func(account, _ string) {
			if account == "wx5" {
				found++
			}
		}); err != nil || found != 1 {
			t.Errorf("found %d times, %v", found, err)
		}
	})
}

// TestLeases: who is alive, who holds which lease, and what is given back.
func TestLeases(t *testing.T) {
	server := pgtest.Start(t, "fsync=off")
	w := newWorld("", server.Database(t))
	_, a := w.named(t, "a")
	_, b := w.named(t, "b")
	_, again := w.named(t, "a")
	alive := func(r *Replicas, want ...string) {
		t.Helper()
		got, err := r.Beat(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	acquire := func(r *Replicas, ask []string, want ...string) {
		t.Helper()
		got, err := r.Acquire(t.Context(), ask)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	holders := func(want map[string]string) {
		t.Helper()
		got, err := b.Holders(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	release := func(r *Replicas, accounts []string) {
		t.Helper()
		if err := r.Release(t.Context(), accounts); err != nil {
			t.Error(err)
		}
	}
	if clock, err := a.Clock(t.Context()); err != nil || time.Since(clock).Abs() > 10*time.Minute { // no other zone, nor unit
		t.Errorf("the database's clock is %v, %v", clock, err)
	}
	alive(a, "a")
	alive(b, "a", "b")
	alive(a, "a", "b")
	if names, err := again.Beat(t.Context()); err == nil || !strings.Contains(err.Error(), "another replica is called a;") {
		t.Errorf("a second one of the same name: %v, %v", names, err)
	}
	acquire(a, []string{"wx1", "wx2", "wx3"}, "wx1", "wx2", "wx3")
	acquire(b, []string{"wx3", "wx4"}, "wx4")
	holders(map[string]string{"wx1": "a", "wx2": "a", "wx3": "a", "wx4": "b"})
	release(a, []string{"wx3", "wx4"})
	holders(map[string]string{"wx1": "a", "wx2": "a", "wx4": "b"})
	alive(b, "a", "b")
	acquire(b, []string{"wx1", "wx3"}, "wx3")
	release(a, nil)
	holders(map[string]string{"wx3": "b", "wx4": "b"})
	alive(b, "b")
	alive(again, "a", "b")
}

// TestLateWrites: what a replica writes when another one has had the lease since is out of
// date, also when nobody has it any more.
func TestLateWrites(t *testing.T) {
	server := pgtest.Start(t, "fsync=off")
	w := newWorld("", server.Database(t))
	a, leasesA := w.named(t, "a")
	b, leasesB := w.named(t, "b")
	acquire := func(r *Replicas) {
		t.Helper()
		if got, err := r.Acquire(t.Context(), []string{"wx1"}); len(got) != 1 || err != nil {
			t.Fatal(got, err)
		}
	}
	put := func(s *Store, text, want string) {
		t.Helper()
		s.PutState("wx1", "poll", []byte(text))
		if got, err := b.State("wx1", "poll"); string(got) != want || err != nil {
			t.Errorf("after %s the state is %s, %v", text, got, err)
		}
	}
	put(a, "before any lease", "before any lease")
	acquire(leasesA)
	put(a, "of a", "of a")
	if _, err := a.db.Exec("UPDATE leases SET until = now() - interval '1 second'"); err != nil {
		t.Fatal(err)
	}
	put(a, "of a, late, and nobody has had it since", "of a, late, and nobody has had it since")
	acquire(leasesB)
	put(b, "of b", "of b")
	put(a, "of a, late", "of b")
	if err := leasesB.Release(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	put(a, "of a, later", "of b")
	acquire(leasesA)
	put(a, "of a again", "of a again")
}

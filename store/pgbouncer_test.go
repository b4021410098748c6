//go:build e2e

package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/store/pgtest"
)

// TestPgBouncer: several exporters write and read through a pooler that hands out
// connections by transaction, in both modes without named statements, and learn
// what others store without a notification.
func TestPgBouncer(t *testing.T) {
	server := pgtest.Start(t, "fsync=off")
	for _, mode := range []string{"exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			w := newWorld("", server.Pooler(t, server.Database(t))+"&default_query_exec_mode="+mode)
			var all []*Store
			for n := range 3 {
				o := w.Options
				o.Replica = fmt.Sprint("r", n)
				s, err := Open(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				defer mustClose(t, s)
				all = append(all, s)
			}
			var wg sync.WaitGroup
			for n, s := range all {
				wg.Go(func() {
					account := fmt.Sprint("wx", n)
					s.SetAccounts(Account{ID: account, Name: account})
					for day := range 200 {
						s.Put(account, sampleAPI, sampleDay(account, day))
						s.PutState(account, "n", fmt.Append(nil, day))
					}
				})
			}
			wg.Wait()
			for n, s := range all {
				wantHealthy(t, s, true)
				for m := range all {
					account := fmt.Sprint("wx", m)
					wantDays(t, s, account, sampleDays(account, 0, 199)...)
					if state, err := s.State(account, "n"); string(state) != "199" || err != nil {
						t.Errorf("%d: state of %s: %s, %v", n, account, state, err)
					}
				}
				r := s.Replicas(time.Minute)
				if clock, err := r.Clock(t.Context()); err != nil || time.Since(clock).Abs() > 10*time.Minute {
					t.Errorf("the database's clock is %v, %v", clock, err)
				}
				if _, err := r.Beat(t.Context()); err != nil {
					t.Error(err)
				}
				if held, err := r.Acquire(t.Context(), []string{fmt.Sprint("wx", n)}); len(held) != 1 || err != nil {
					t.Error(held, err)
				}
			}
			r := all[0].Replicas(time.Minute)
			ctx, end := context.WithTimeout(t.Context(), time.Second)
			defer end()
			if err := r.Listen(ctx, func() {}, func(string, string) {}); ctx.Err() == nil {
				t.Error("it does not listen:", err)
			}
			wantLook(t, r, "wx1 ", "wx1 "+sampleAPI, "wx2 ", "wx2 "+sampleAPI)
			if text := w.log.String(); text != "" {
				t.Error(text)
			}
		})
	}
}

// TestPgBouncerRefuses: what a pooler does not take is said with what to do
// instead, and that works.
func TestPgBouncerRefuses(t *testing.T) {
	server := pgtest.Start(t, "fsync=off")
	direct := server.Database(t)
	pooled := server.Pooler(t, direct)
	t.Run("search_path", func(t *testing.T) {
		w := newWorld("", pooled+"&default_query_exec_mode=exec&search_path=mine")
		if _, err := Open(t.Context(), w.Options); err == nil || !strings.Contains(err.Error(), "search_path") || !strings.Contains(err.Error(), "ALTER ROLE") {
			t.Error(err)
		}
		server.Exec(t, "wx1", "CREATE SCHEMA mine")
		server.Exec(t, "wx1", "ALTER ROLE wx IN DATABASE wx1 SET search_path = mine")
		w = newWorld("", server.Pooler(t, direct)+"&default_query_exec_mode=exec")
		s := w.open(t)
		defer mustClose(t, s)
		s.Put("wx1", sampleAPI, sampleDay("wx1", 0))
		wantHealthy(t, s, true)
		wantLines(t, s, "SELECT count(*) FROM mine.days", "1|")
	})
	t.Run("named statements", func(t *testing.T) {
		w := newWorld("", server.Pooler(t, server.Database(t)))
		s, err := Open(t.Context(), w.Options)
		if err == nil {
			defer s.Close() // it may lose what it could not write
			for n := 0; s.Healthy() && n < 1000; n++ {
				var wg sync.WaitGroup
				for a := range 4 {
					wg.Go(func() {
						s.Put(fmt.Sprint("wx", a), sampleAPI, sampleDay("", n))
						_, _ = s.Days("wx1", sampleAPI, "0000", "9999")
						_, _ = s.State("wx1", "n")
					})
				}
				wg.Wait()
			}
			err = errors.New(w.log.String())
		}
		if !strings.Contains(err.Error(), "add default_query_exec_mode=exec to the URL of PostgreSQL") {
			t.Error(err)
		}
	})
}

//go:build e2e

package store

import (
	"context"
	"fmt"
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

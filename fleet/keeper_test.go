package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
)

// roster says which replica polls which ID, and complains when two do.
type roster struct {
	*testing.T
	mu sync.Mutex
	by map[string]string
}

// polledBy counts the IDs that replicas poll.
func (r *roster) polledBy() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := map[string]int{}
	for _, name := range r.by {
		n[name]++
	}
	return n
}

// share is what a replica has of a roster.
type share struct {
	*roster
	name string
	ids  []string
}

func (s share) shares() (polled, idle []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.ids {
		if s.by[id] == s.name {
			polled = append(polled, id)
		} else {
			idle = append(idle, id)
		}
	}
	return polled, idle
}

func (s share) start(_ context.Context, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if other := s.by[id]; other != "" {
		s.Errorf("%s: %s begins to poll %s, which %s polls", clock(), s.name, id, other)
	}
	s.by[id] = s.name
}

func (s share) stop(ids []string, _ bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if s.by[id] == s.name {
			delete(s.by, id)
		}
	}
}

func (s share) ended() { s.stop(s.ids, false) }

// TestKeeper: keepers share IDs, of which none is ever polled by two. What a keeper
// knows can be asked for at any time.
func TestKeeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &roster{T: t, by: map[string]string{}}
		m := newMeeting()
		var ids []string
		mine := map[string]int{}
		for i := range 40 {
			id := fmt.Sprintf("wx%016d", i)
			ids = append(ids, id)
			mine[preferred(id, []string{"a", "b"})]++
		}
		join := func(name string) (*keeper, func()) {
			k := newKeeper(seat{m, name}, name, share{r, name, ids}, log.NewNopLogger(), time.Now)
			if k.replicas() != 0 || k.holder(ids[0]) != "" || k.holds() {
				t.Error("before the peers have answered something is known of them")
			}
			ctx, cancel := context.WithCancel(t.Context())
			var parts sync.WaitGroup
			parts.Go(func() { k.run(ctx) })
			parts.Go(func() { // the pages
				for ctx.Err() == nil {
					k.holds()
					k.replicas()
					k.holder(ids[0])
					k.renewSoon()
					time.Sleep(700 * time.Millisecond)
				}
			})
			return k, func() {
				cancel()
				parts.Wait()
			}
		}
		pass := func(what string, d time.Duration, want map[string]int) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			if got := r.polledBy(); !maps.Equal(got, want) {
				t.Errorf("%s: %v of the IDs are polled, want %v", what, got, want)
			}
		}
		away := func(err error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.away = err
		}

		a, endA := join("a")
		pass("alone", time.Second, map[string]int{"a": 40})
		b, endB := join("b")
		pass("shared", 3*time.Second, mine)
		if a.replicas() != 2 || b.replicas() != 2 || a.holder(ids[0]) != preferred(ids[0], []string{"a", "b"}) {
			t.Errorf("a knows of %d replicas, b of %d, and %s polls", a.replicas(), b.replicas(), a.holder(ids[0]))
		}
		away(errors.New("away"))
		pass("cut off", LeaseTime-leaseMargin-2*time.Second, mine)
		pass("when the leases have ended", 4*time.Second, map[string]int{})
		if a.replicas() != 1 || a.holder(ids[0]) != "" || a.holds() {
			t.Error("when the leases have ended something is known of the peers")
		}
		away(nil)
		pass("back", 3*time.Second, mine)
		endA()
		pass("after a has gone", 3*time.Second, map[string]int{"b": 40})
		endB()
		pass("after all have gone", time.Second, map[string]int{})
	})
}

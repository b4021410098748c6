package wxclient

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// TestConnectionsShare: what is Later gets three quarters of the places, and the
// others get all that is left.
func TestConnectionsShare(t *testing.T) {
	for _, c := range []struct{ places, later int }{{1, 1}, {2, 1}, {4, 3}, {32, 24}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, end := context.WithCancel(t.Context())
			connections := NewConnections(c.places)
			got := map[bool]int{}
			var free []func()
			take := func(later bool) {
				for range c.places + 1 {
					go func() {
						if release, err := connections.acquire(ctx, later); err == nil {
							got[later]++
							free = append(free, release)
						} else if !errors.Is(err, context.Canceled) {
							t.Error(err)
						}
					}()
					synctest.Wait()
				}
			}
			take(true)
			take(false)
			if got[true] != c.later || got[false] != c.places-c.later {
				t.Errorf("%d places: %d later ones and %d others, want %d later ones", c.places, got[true], got[false], c.later)
			}
			end()
			synctest.Wait()
			for _, release := range free {
				release()
			}
			if left := len(connections.all) + len(connections.background); left > 0 {
				t.Errorf("%d places were not given back", left)
			}
		})
	}
}

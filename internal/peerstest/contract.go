// Package peerstest says what replicas rely on where they meet. Every implementation
// of fleet.Peers is tested by it.
package peerstest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/fleet"
)

// Place is where replicas meet.
type Place struct {
	// Seat is a new process' way to it; lease is how long leases last there.
	Seat  func(name string) fleet.Peers
	Lease time.Duration
	// Pass lets time pass there.
	Pass func(time.Duration)
	// Store stores something of an account's API, as a process of a seat.
	Store func(seat fleet.Peers, account, api string)
}

// Run tests a place where nobody has been.
func Run(t *testing.T, p Place) {
	ctx := t.Context()
	a, b := p.Seat("a"), p.Seat("b")
	alive := func(of fleet.Peers, want ...string) {
		t.Helper()
		got, err := of.Beat(ctx)
		same(t, "alive", slices.Sorted(slices.Values(got)), want, err)
	}
	acquire := func(of fleet.Peers, accounts []string, want ...string) {
		t.Helper()
		got, err := of.Acquire(ctx, accounts)
		same(t, "held", slices.Sorted(slices.Values(got)), want, err)
	}
	holders := func(want map[string]string) {
		t.Helper()
		got, err := b.Holders(ctx)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("holders (-want +got):\n%s%v", diff, err)
		}
	}
	if _, err := a.Clock(ctx); err != nil {
		t.Error(err)
	}
	alive(a, "a")
	alive(b, "a", "b")
	if got, err := p.Seat("a").Beat(ctx); err == nil {
		t.Errorf("another process takes the name of one that is alive, and sees %v", got)
	}
	acquire(a, []string{"wx1", "wx2"}, "wx1", "wx2")
	acquire(b, []string{"wx2", "wx3"}, "wx3")
	holders(map[string]string{"wx1": "a", "wx2": "a", "wx3": "b"})

	p.Pass(p.Lease / 2)
	acquire(a, []string{"wx1"}, "wx1")
	alive(a, "a", "b")
	p.Pass(p.Lease/2 + time.Second)
	holders(map[string]string{"wx1": "a"})
	acquire(b, []string{"wx1", "wx2"}, "wx2")
	alive(a, "a")
	alive(b, "a", "b")

	if err := b.Release(ctx, []string{"wx1", "wx2"}); err != nil {
		t.Error(err)
	}
	holders(map[string]string{"wx1": "a"})
	if err := a.Release(ctx, nil); err != nil {
		t.Error(err)
	}
	holders(map[string]string{})
	alive(b, "b")
	alive(p.Seat("a"), "a", "b")

	looks(t, p, b)
}

// looks tests that each replica finds once what the others have stored.
func looks(t *testing.T, p Place, b fleet.Peers) {
	c := p.Seat("c")
	look := func(want ...string) {
		t.Helper()
		var found []string
		err := c.Look(t.Context(), func(account, api string) { found = append(found, account+" "+api) })
		slices.Sort(found)
		same(t, "found", found, want, err)
	}
	p.Store(b, "wx1", "getusersummary")
	p.Store(b, "wx2", "getusersummary")
	p.Store(c, "wx3", "getusersummary")
	look("wx1 getusersummary", "wx2 getusersummary")
	look()
	p.Store(b, "wx2", "getusersummary")
	look("wx2 getusersummary")
}

func same(t *testing.T, what string, got, want []string, err error) {
	t.Helper()
	if !slices.Equal(got, want) || err != nil {
		t.Errorf("%s: %v, want %v; %v", what, got, want, err)
	}
}

package fleet

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/go-kit/log"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// others are the replicas beside the one that is tested. They tell it nothing: a
// look finds what they have stored.
type others struct {
	mu       sync.Mutex
	alive    []string
	released []string
	stored   [][2]string
	changed  []string // what the pages were told
}

func (o *others) Clock(context.Context) (time.Time, error) { return time.Now(), nil }

func (o *others) Beat(context.Context) ([]string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.alive, nil
}

func (o *others) Acquire(_ context.Context, accounts []string) ([]string, error) {
	return accounts, nil
}

func (o *others) Release(_ context.Context, accounts []string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.released = append(o.released, accounts...)
	return nil
}

func (o *others) Holders(context.Context) (map[string]string, error) { return nil, nil }

func (o *others) Listen(ctx context.Context, began func(), _ func(account, api string)) error {
	began()
	<-ctx.Done()
	return ctx.Err()
}

func (o *others) Look(_ context.Context, changed func(account, api string)) error {
	o.mu.Lock()
	stored := o.stored
	o.stored = nil
	o.mu.Unlock()
	for _, one := range stored {
		changed(one[0], one[1])
	}
	return nil
}

// The pages.

func (o *others) Set(string, map[string]prometheus.Gatherer) {}
func (o *others) Remove(string)                              {}
func (o *others) Changed(account string, families ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, f := range families {
		o.changed = append(o.changed, account+" "+f)
	}
}

// share runs a replica named a beside others.
func (w *world) share(o *others) (f *Fleet, stop func()) {
	f = New(Options{Peers: o, Replica: "a", Options: poll.Options{
		Families: collector.Families(), Store: w.store, Pages: o, Durations: poll.NewDurations(), Logger: log.NewLogfmtLogger(w.log), Now: time.Now,
	}})
	f.Set(w.options(brand))
	return f, w.run(f.Run)
}

// preferredTo is a replica that is to poll an account rather than a.
func preferredTo(account string) string {
	for n := 0; ; n++ {
		if name := fmt.Sprint("b", n); preferred(account, []string{"a", name}) == name {
			return name
		}
	}
}

// TestGivesBackOne: a replica gives back the one account that another one is to
// poll, and does not poll it any more.
func TestGivesBackOne(t *testing.T) {
	simulate(t, "2026-11-20 03:00", []wxtest.Account{brand}, func(w *world) {
		o := &others{alive: []string{"a"}}
		f, stop := w.share(o)
		defer stop()
		w.pass(renewEvery)
		if !f.Polls(brand.AppID) {
			t.Fatal("it does not poll the account")
		}
		o.mu.Lock()
		o.alive = []string{"a", preferredTo(brand.AppID)}
		o.mu.Unlock()
		w.pass(renewEvery + time.Second)
		o.mu.Lock()
		defer o.mu.Unlock()
		if f.Polls(brand.AppID) || !slices.Equal(o.released, []string{brand.AppID}) {
			t.Errorf("it polls: %v; given back: %v", f.Polls(brand.AppID), o.released)
		}
	})
}

// TestLooksWithoutBeingTold: what another replica stores is on the pages soon,
// though no notification comes.
func TestLooksWithoutBeingTold(t *testing.T) {
	simulate(t, "2026-11-20 03:00", []wxtest.Account{brand}, func(w *world) {
		o := &others{alive: []string{"a", preferredTo(brand.AppID)}}
		_, stop := w.share(o)
		defer stop()
		w.pass(time.Minute)
		for _, c := range []struct {
			api  string
			want []string
		}{
			{"getusersummary", []string{brand.Name + " user", brand.Name + " " + collector.Exporter, brand.Name + " " + collector.Own}},
			{"", []string{brand.Name + " " + collector.Exporter, brand.Name + " " + collector.Own}},
			{"none", nil},
		} {
			o.mu.Lock()
			o.stored, o.changed = [][2]string{{brand.AppID, c.api}}, nil
			o.mu.Unlock()
			w.pass(lookEvery + time.Second)
			o.mu.Lock()
			if !slices.Equal(o.changed, c.want) {
				t.Errorf("%q: %v, want %v", c.api, o.changed, c.want)
			}
			o.mu.Unlock()
		}
	})
}

// TestPreferred: the shares are alike, however similar the names, and the order
// in which replicas are named is of no matter.
func TestPreferred(t *testing.T) {
	replicas := []string{"wx-exporter-6b7f-x2", "wx-exporter-6b7f-x3", "wx-exporter-6b7f-x4"}
	n := map[string]int{}
	for i := range 3000 {
		account := fmt.Sprintf("wx%016d", i)
		one := preferred(account, replicas)
		n[one]++
		if other := preferred(account, []string{replicas[2], replicas[0], replicas[1]}); other != one {
			t.Errorf("%s: %s or %s, by the order", account, one, other)
		}
	}
	for _, r := range replicas {
		if n[r] < 900 || n[r] > 1100 {
			t.Errorf("%s is to poll %d of 3000 accounts", r, n[r])
		}
	}
	if got := preferred("wx1", nil); got != "" {
		t.Errorf("%q of none", got)
	}
}

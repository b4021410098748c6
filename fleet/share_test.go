package fleet

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/collector"
)

// told are pages that keep what they are told of changes.
type told struct {
	mu      sync.Mutex
	changed []string
}

func (p *told) Set(string, map[string]prometheus.Gatherer) {}
func (p *told) Remove(string)                              {}
func (p *told) Changed(account string, families ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range families {
		p.changed = append(p.changed, account+" "+f)
	}
}

// TestLooksWithoutBeingTold: what another replica stores is on the pages soon,
// though no notification comes.
func TestLooksWithoutBeingTold(t *testing.T) {
	shares(t, 2, func(w *world, m *meeting) {
		a, pages := w.accounts[0], &told{}
		b := w.joinWith(m, "b", 0, pages)
		defer b.end()
		defer w.join(m, "a", 0).end()
		w.pass(time.Minute)
		for _, c := range []struct {
			api  string
			want []string
		}{
			{"getusersummary", []string{a.Name + " user", a.Name + " " + collector.Exporter, a.Name + " " + collector.Own}},
			{"", []string{a.Name + " " + collector.Exporter, a.Name + " " + collector.Own}},
			{"none", nil},
		} {
			m.mu.Lock()
			m.news = map[string][][2]string{"b": {{a.AppID, c.api}}}
			m.mu.Unlock()
			pages.mu.Lock()
			pages.changed = nil
			pages.mu.Unlock()
			w.pass(lookEvery + time.Second)
			pages.mu.Lock()
			if !slices.Equal(pages.changed, c.want) {
				t.Errorf("%q: %v, want %v", c.api, pages.changed, c.want)
			}
			pages.mu.Unlock()
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

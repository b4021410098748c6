package exposition

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/prometheus/client_golang/prometheus/promhttp/zstd" // the encoding, for promhttp
	dto "github.com/prometheus/client_model/go"
)

// maxSlow is how many scrapes gather at the same time: each holds all metrics
// of its page as structures.
const maxSlow = 2

// gatherers returns the gatherers of an account, "" for all and the process,
// that keep selects.
func (c *Cache) gatherers(account string, keep selection) prometheus.Gatherers {
	type owned struct {
		Key
		prometheus.Gatherer
	}
	var units []owned
	c.mu.Lock()
	for name, e := range c.accounts {
		if account != "" && account != name {
			continue
		}
		for family, s := range e.families {
			if keep.has(family) {
				units = append(units, owned{Key{name, family}, s.gatherer})
			}
		}
	}
	c.mu.Unlock()
	slices.SortFunc(units, func(x, y owned) int {
		return cmp.Or(cmp.Compare(x.Account, y.Account), cmp.Compare(x.Family, y.Family))
	})
	var gs prometheus.Gatherers
	for _, u := range units {
		gs = append(gs, safe(u.Gatherer))
	}
	if account == "" && keep.has(Exporter) {
		gs = append(gs, safe(c.opts.Own))
	}
	return gs
}

func safe(g prometheus.Gatherer) prometheus.Gatherer {
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return gather(g) })
}

// serveSlow serves what the cache has not: other formats, metrics by name, and
// names that must be escaped. promhttp gathers, with what Run logs about
// gatherers left unsaid.
func (c *Cache) serveSlow(w http.ResponseWriter, r *http.Request, gs prometheus.Gatherers) {
	h := promhttp.HandlerFor(gs, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, EnableOpenMetrics: true})
	limited := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case c.slow <- struct{}{}:
		case <-r.Context().Done():
			return
		}
		defer func() {
			<-c.slow
			c.notify() // Run gives the memory back
		}()
		h.ServeHTTP(w, r)
	})
	if c.opts.Timeout <= 0 {
		limited.ServeHTTP(w, r)
		return
	}
	limitSending(w, 2*c.opts.Timeout) // gathering has the first half of it at most
	message := fmt.Sprintf("exceeded the timeout of %v", c.opts.Timeout)
	http.TimeoutHandler(limited, c.opts.Timeout, message).ServeHTTP(w, r)
}

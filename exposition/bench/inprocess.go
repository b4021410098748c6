//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/exposition"
)

// change changes all series of an account and returns what it costs until the
// page has them, with a line that must be on the next scrape.
func change(ctx context.Context, c *exposition.Cache, account string, families map[string]*collector) (report, error) {
	var units []exposition.Key
	for family, f := range families {
		f.changes.Add(1)
		units = append(units, exposition.Key{Account: account, Family: family})
	}
	wall, before := time.Now(), cpu()
	c.Changed(units...)
	if err := c.Sync(ctx); err != nil {
		return report{}, err
	}
	r := report{Change: cpu() - before, ChangeWall: time.Since(wall)}
	u := families["user"]
	r.Line = fmt.Sprintf("\nwx_cumulate_users{account=%q,date=\"2026-11-20\"} %v\n", account, u.values[len(u.values)-1]+u.changes.Load())
	return r, nil
}

// inHandler measures scrapes without a network.
func inHandler(c *exposition.Cache, account string) (report, error) {
	var w discard
	probe, metrics := get("/probe?target="+account), get("/metrics")
	r := report{
		Allocs:      testing.AllocsPerRun(200, func() { c.Metrics().ServeHTTP(w.reset(), metrics) }),
		ProbeAllocs: testing.AllocsPerRun(200, func() { c.Probe().ServeHTTP(w.reset(), probe) }),
	}
	var each []time.Duration
	h := c.Probe()
	for range 2000 {
		start := time.Now()
		h.ServeHTTP(w.reset(), probe)
		each = append(each, time.Since(start))
	}
	r.Probe = median(each)
	if w.n == 0 {
		return r, errors.New("/probe has no body")
	}
	return r, nil
}

func get(target string) *http.Request {
	r, err := http.NewRequest(http.MethodGet, target, nil)
	if err != nil {
		panic(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	return r
}

// discard is a http.ResponseWriter that counts.
type discard struct {
	header http.Header
	n      int
}

func (d *discard) reset() *discard {
	clear(d.header)
	d.n = 0
	return d
}

func (d *discard) Header() http.Header {
	if d.header == nil {
		d.header = make(http.Header)
	}
	return d.header
}

func (d *discard) WriteHeader(int) {}

func (d *discard) Write(p []byte) (int, error) {
	d.n += len(p)
	return len(p), nil
}

// median returns 0 of nothing.
func median[T ~int64 | ~float64](all []T) T {
	if len(all) == 0 {
		return 0
	}
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

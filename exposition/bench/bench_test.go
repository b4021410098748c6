//go:build linux

package main

import (
	"context"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/wxexporter/wx_exporter/exposition"
)

// The tables say 5,000 series an account, and its collectors are sound.
func TestSeriesOfAnAccount(t *testing.T) {
	all := prometheus.NewPedanticRegistry()
	for _, account := range []int{0, 1} {
		for _, c := range families(account, tables()) {
			all.MustRegister(c)
		}
	}
	gathered, err := all.Gather()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, mf := range gathered {
		n += len(mf.Metric)
	}
	if n != 2*seriesOfAccount {
		t.Errorf("two accounts have %d series", n)
	}
}

// A change is found on the page, or else reported: what is measured happens.
func TestChange(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c := exposition.New(exposition.Options{})
	go c.Run(ctx)
	all := families(0, tables())
	for family, f := range all {
		c.Set(exposition.Key{Account: name(0), Family: family}, registry(f))
	}
	if err := c.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(c.Metrics())
	defer server.Close()
	for i, account := range []string{name(0), name(0), "another"} {
		r, err := change(ctx, c, account, all)
		if err != nil || r.Change <= 0 {
			t.Errorf("change %d: %v, %v", i, r.Change, err)
		}
		err = onPage(server.Listener.Addr().String(), r.Line)
		if (err == nil) != (account == name(0)) {
			t.Errorf("change %d of %s: %v", i, account, err)
		}
	}
	if r, err := inHandler(c, name(0)); err != nil || r.Probe <= 0 {
		t.Errorf("in the handler: %v, %v", r.Probe, err)
	}
}

// The client finds the end of bodies with a length, in pieces, and without HTTP.
func TestClient(t *testing.T) {
	all := registry(families(0, tables())["article"])
	page := httptest.NewServer(promhttp.HandlerFor(all, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	defer page.Close()
	c, err := dial(strings.TrimPrefix(page.URL, "http://"), 0)
	if err != nil {
		t.Fatal(err)
	}
	want, err := fetch(strings.TrimPrefix(page.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, n, err := c.scrape()
		if err != nil || n < len(want)/2 {
			t.Fatalf("%d bytes, %v; another client has %d", n, err, len(want))
		}
	}
	c.in.Reset(strings.NewReader("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n" + "bytes"))
	for i, want := range []int{5, 6, 5} {
		if i == 2 {
			c.bare = 5
		}
		if n, err := c.read(); n != want || err != nil {
			t.Errorf("answer %d has %d bytes, %v", i, n, err)
		}
	}
	if rest, _ := io.ReadAll(c.in); len(rest) > 0 {
		t.Errorf("%q is left", rest)
	}
}

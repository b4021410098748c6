package exposition

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// The metrics of the process are gathered at most once a second, and are not
// older than that.
func TestProcessIsGatheredOnceASecond(t *testing.T) {
	var n atomic.Int64
	var now atomic.Int64
	gatherer := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		m := prometheus.NewGauge(prometheus.GaugeOpts{Name: "gathered", Help: "h"})
		m.Set(float64(n.Add(1)))
		return registry(m).Gather()
	})
	c := New(Options{Process: gatherer, Now: func() time.Time { return time.Unix(0, now.Load()) }})
	for _, step := range []struct {
		after  time.Duration
		accept string
		want   string
	}{
		{0, acceptText, "gathered 1\n"},
		{0, acceptText, "gathered 1\n"},
		{999 * time.Millisecond, acceptText, "gathered 1\n"},
		{time.Millisecond, acceptText, "gathered 2\n"},
		{0, acceptOpenMetrics, "gathered 2.0\n"},
		{time.Second, acceptOpenMetrics, "gathered 3.0\n"},
		{500 * time.Millisecond, acceptText, "gathered 3\n"},
		{500 * time.Millisecond, acceptText, "gathered 4\n"},
		{-time.Hour, acceptText, "gathered 5\n"}, // the clock was set
	} {
		now.Add(int64(step.after))
		page := pageOf(t, get(c.Metrics(), "/metrics", "Accept", step.accept))
		if !strings.Contains(page, step.want) {
			t.Errorf("at %v: want %q in\n%s", time.Duration(now.Load()), step.want, page)
		}
	}
}

// Metrics of the process that hang delay a scrape, but do not keep it from the units; once
// they have been gathered, the old ones are served.
func TestProcessHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hang atomic.Bool
		release := make(chan struct{})
		own := ofProcess()
		c := start(t, Options{Timeout: 5 * time.Second, Process: prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
			if hang.Load() {
				<-release
			}
			return own.Gather()
		})})
		m := gauges("a", "wx_users")
		m.WithLabelValues().Set(1)
		set(c, "a", "user", registry(m))
		settle(t, c)
		for _, hangs := range []bool{true, false} {
			hang.Store(hangs)
			begin := time.Now()
			page := pageOf(t, get(c.Metrics(), "/metrics", "Accept", acceptText))
			if !strings.Contains(page, `wx_users{account="a"} 1`) {
				t.Errorf("no units on the page\n%s", page)
			}
			if got := strings.Contains(page, "process_wakeups_total"); got == hangs {
				t.Errorf("own metrics on the page: %v\n%s", got, page)
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
			if hangs {
				close(release)
				synctest.Wait()
				release = make(chan struct{})
				time.Sleep(2 * time.Second)
			}
		}
		hang.Store(true)
		time.Sleep(2 * time.Second)
		if page := pageOf(t, get(c.Metrics(), "/metrics")); !strings.Contains(page, "process_wakeups_total 2") {
			t.Errorf("the old own metrics are gone:\n%s", page)
		}
		close(release)
	})
}

// What can be gathered of the process is served, and the rest is logged once.
func TestProcessFails(t *testing.T) {
	var l logs
	now := time.Unix(0, 0)
	own := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		families, err := ofProcess().Gather()
		return append(families, badFamily("wx_bad")...), err
	})
	c := New(Options{Process: own, Logger: &l, Now: func() time.Time { return now }})
	for range 3 {
		now = now.Add(time.Minute)
		if page := pageOf(t, get(c.Metrics(), "/metrics")); !strings.Contains(page, "process_wakeups_total 2\n") || strings.Contains(page, "wx_bad") {
			t.Errorf("page is\n%s", page)
		}
	}
	if n := l.count("wx_bad"); n != 1 {
		t.Errorf("logged %d times: %q", n, l.lines)
	}
}

// A scrape costs the same few allocations, however large the page is.
func TestAllocations(t *testing.T) {
	for _, accounts := range []int{1, 30} {
		c := start(t, Options{Process: ofProcess(), Timeout: time.Minute})
		for i := range accounts {
			account := strings.Repeat("a", i+1)
			c.Set(account, everything(account, nil))
		}
		settle(t, c)
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Header.Set("Accept", acceptOpenMetrics)
		r.Header.Set("Accept-Encoding", "gzip")
		w := &discard{header: make(http.Header)}
		n := testing.AllocsPerRun(100, func() {
			clear(w.header)
			c.Metrics().ServeHTTP(w, r)
		})
		if n > 60 {
			t.Errorf("%d accounts: %v allocations", accounts, n)
		}
	}
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(int)             {}
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

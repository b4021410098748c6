package exposition

import (
	"bufio"
	"io"
	"net"
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

// The process' own metrics are gathered at most once a second in a format, and
// are not older than that.
func TestOwnIsGatheredOnceASecond(t *testing.T) {
	var n atomic.Int64
	var now atomic.Int64
	gatherer := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		m := prometheus.NewGauge(prometheus.GaugeOpts{Name: "gathered", Help: "h"})
		m.Set(float64(n.Add(1)))
		return registry(m).Gather()
	})
	c := New(Options{Own: gatherer, Now: func() time.Time { return time.Unix(0, now.Load()) }})
	for _, step := range []struct {
		after  time.Duration
		accept string
		want   string
	}{
		{0, acceptText, "gathered 1\n"},
		{0, acceptText, "gathered 1\n"},
		{999 * time.Millisecond, acceptText, "gathered 1\n"},
		{time.Millisecond, acceptText, "gathered 2\n"},
		{0, acceptOpenMetrics, "gathered 3.0\n"},
		{500 * time.Millisecond, acceptOpenMetrics, "gathered 3.0\n"},
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

// Own metrics that hang delay a scrape, but do not keep it from the units; once
// they have been gathered, the old ones are served.
func TestOwnHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hang atomic.Bool
		release := make(chan struct{})
		own := ownMetrics()
		c := start(t, Options{Timeout: 10 * time.Second, Own: prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
			if hang.Load() {
				<-release
			}
			return own.Gather()
		})})
		m := gauges("a", "wx_users")
		m.WithLabelValues().Set(1)
		c.Set(Key{"a", "user"}, registry(m))
		settle(t, c)
		for _, accept := range []string{acceptText, acceptOpenMetrics} {
			hang.Store(accept == acceptOpenMetrics)
			begin := time.Now()
			page := pageOf(t, get(c.Metrics(), "/metrics", "Accept", accept))
			if !strings.Contains(page, `wx_users{account="a"} 1`) {
				t.Errorf("no units on the page\n%s", page)
			}
			if got := strings.Contains(page, "process_wakeups_total"); got == hang.Load() {
				t.Errorf("own metrics on the page: %v\n%s", got, page)
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("it took %v", took)
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

// What can be gathered of the own metrics is served, and the rest is logged once.
func TestOwnFails(t *testing.T) {
	var l logs
	now := time.Unix(0, 0)
	own := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		families, err := ownMetrics().Gather()
		return append(families, badFamily("wx_bad")...), err
	})
	c := New(Options{Own: own, ErrorLog: &l, Now: func() time.Time { return now }})
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

// A metric of the process that has the name of a unit's stands among the unit's
// lines, under one head.
func TestOwnClashes(t *testing.T) {
	m := gauges("a", "wx_users")
	m.WithLabelValues().Set(1)
	mine := prometheus.NewGauge(prometheus.GaugeOpts{Name: "wx_users", Help: "Figures of wx_users.", ConstLabels: prometheus.Labels{"account": ""}})
	c := start(t, Options{Own: registry(mine)})
	c.Set(Key{"a", Exporter}, registry(m))
	settle(t, c)
	for _, target := range []string{"/metrics", "/metrics?collect[]=exporter"} {
		page := pageOf(t, get(c.Metrics(), target))
		inOrder(t, page)
		compare(t, page, pageOf(t, get(reference(registry(m), registry(mine)), "/")))
	}
	compare(t, pageOf(t, get(c.Probe(), "/probe?target=a")), pageOf(t, get(reference(registry(m)), "/")))
}

func TestConcurrentScrapesAreLimited(t *testing.T) {
	reached, proceed := make(chan struct{}), make(chan struct{})
	own := ownMetrics()
	c := New(Options{MaxConcurrent: 2, Own: prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		reached <- struct{}{}
		<-proceed
		return own.Gather()
	})})
	answers := make(chan *http.Response)
	for _, accept := range []string{acceptText, acceptOpenMetrics} {
		go func() { answers <- get(c.Metrics(), "/metrics", "Accept", accept) }()
		<-reached
	}
	for _, r := range []*http.Response{get(c.Metrics(), "/metrics"), get(c.Probe(), "/probe?target=a")} {
		if r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("one too many is answered with %d", r.StatusCode)
		}
	}
	close(proceed)
	for range 2 {
		if r := <-answers; r.StatusCode != http.StatusOK {
			t.Errorf("one within the limit is answered with %d", r.StatusCode)
		}
	}
	if r := get(c.Probe(), "/probe?target=a"); r.StatusCode != http.StatusNotFound {
		t.Errorf("afterwards, one is answered with %d", r.StatusCode)
	}
}

// On the slow path, what hangs is answered with 503 after the timeout.
func TestSlowPathTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c := New(Options{Timeout: 10 * time.Second, Own: prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
			<-release
			return nil, nil
		})})
		for range maxSlow + 2 {
			begin := time.Now()
			r := get(c.Metrics(), "/metrics?name[]=up")
			if took := time.Since(begin); r.StatusCode != http.StatusServiceUnavailable || took > 15*time.Second {
				t.Errorf("answer %d after %v", r.StatusCode, took)
			}
		}
		close(release)
		synctest.Wait()
		if r := get(c.Metrics(), "/metrics?name[]=up"); r.StatusCode != http.StatusOK {
			t.Errorf("once it hangs no more, the answer is %d", r.StatusCode)
		}
	})
}

// A client that stops reading loses its connection, and its place.
func TestClientThatDoesNotRead(t *testing.T) {
	for target, within := range map[string]time.Duration{
		"/metrics":                 11 * time.Second,
		"/metrics?name[]=wx_users": 21 * time.Second, // the slow path: gathering has its time, too
	} {
		t.Run(target, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { doesNotRead(t, target, within) })
		})
	}
}

func doesNotRead(t *testing.T, target string, within time.Duration) {
	c := start(t, Options{MaxConcurrent: 1, Timeout: 10 * time.Second})
	m := gauges("a", "wx_users", "n")
	for i := range 100 {
		m.WithLabelValues(strings.Repeat("x", 10*i)).Set(float64(i))
	}
	c.Set(Key{"a", "user"}, registry(m))
	settle(t, c)

	client := serve(t, c.Metrics())
	if _, err := io.WriteString(client, "GET "+target+" HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(client)
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, " 200 ") {
		t.Fatalf("answer %q, %v", line, err)
	}
	if r := get(c.Metrics(), "/metrics"); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("while a client is slow, another is answered with %d", r.StatusCode)
	}
	time.Sleep(within)
	if r := get(c.Metrics(), "/metrics"); r.StatusCode != http.StatusOK {
		t.Errorf("afterwards, another is answered with %d", r.StatusCode)
	}
	rest, _ := io.ReadAll(in) // ends: the connection is closed
	if strings.Contains(string(rest), strings.Repeat("x", 990)) {
		t.Error("the slow client has been sent everything")
	}
}

// A scrape's time limit is the scrape's, not the connection's.
func TestConnectionOutlivesTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Options{Timeout: 10 * time.Second})
		mux := http.NewServeMux()
		mux.Handle("/metrics", c.Metrics())
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
		client := serve(t, mux)
		in := bufio.NewReader(client)
		for _, path := range []string{"/metrics", "/", "/metrics", "/"} {
			if _, err := io.WriteString(client, "GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			r, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if _, err := io.ReadAll(r.Body); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			time.Sleep(time.Minute)
		}
	})
}

// serve serves h on a connection in memory and returns its other end.
func serve(t *testing.T, h http.Handler) net.Conn {
	client, conn := net.Pipe()
	l := &listener{conns: make(chan net.Conn, 1)}
	l.conns <- conn
	server := &http.Server{Handler: h}
	go server.Serve(l)
	t.Cleanup(func() {
		client.Close()
		server.Close()
	})
	return client
}

// listener is a net.Listener of given connections.
type listener struct {
	conns chan net.Conn
}

func (l *listener) Accept() (net.Conn, error) {
	conn, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (l *listener) Close() error {
	close(l.conns)
	return nil
}

func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// A scrape costs a handful of allocations, however large the page is.
func TestAllocations(t *testing.T) {
	for _, accounts := range []int{1, 30} {
		c := start(t, Options{Own: ownMetrics(), Timeout: time.Minute, MaxConcurrent: 10})
		for i := range accounts {
			for family, g := range everything(strings.Repeat("a", i+1), nil) {
				c.Set(Key{strings.Repeat("a", i+1), family}, g)
			}
		}
		settle(t, c)
		for _, target := range []string{"/metrics", "/probe?target=a", "/probe?target=a&collect[]=user", "/metrics?collect[]=user"} {
			h := c.Metrics()
			if strings.HasPrefix(target, "/probe") {
				h = c.Probe()
			}
			r := httptest.NewRequest(http.MethodGet, target, nil)
			r.Header.Set("Accept", acceptOpenMetrics)
			r.Header.Set("Accept-Encoding", "gzip")
			w := &discard{header: make(http.Header)}
			n := testing.AllocsPerRun(100, func() {
				clear(w.header)
				h.ServeHTTP(w, r)
			})
			if pooled := strings.Contains(target, "collect"); n > 10 && (pools || !pooled) {
				t.Errorf("%d accounts, %s: %v allocations", accounts, target, n)
			}
		}
	}
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(int)             {}
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

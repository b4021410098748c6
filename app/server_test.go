package app

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/web"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// pipes is a listener of connections in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.closed)
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// dial connects; the server may take the connection later.
func (p *pipes) dial() net.Conn {
	client, conn := net.Pipe()
	go func() {
		select {
		case p.conns <- conn:
		case <-p.closed:
		}
	}()
	return client
}

// serving runs the exporter's web server with /metrics as given. It is to be shut
// down.
func serving(metrics http.Handler, in inward) (*http.Server, *pipes) {
	server := newServer(web.Options{
		Metrics: metrics, Probe: metrics, TelemetryPath: "/metrics", Limit: web.Limit(40),
		Status: func() []poll.Status { return nil }, Ready: func() error { return nil }, Logger: log.NewNopLogger(), Now: time.Now,
	}, in)
	p := &pipes{make(chan net.Conn), make(chan struct{})}
	go func() { _ = server.Serve(p) }()
	return server, p
}

func ask(client net.Conn, head string) {
	_, _ = io.WriteString(client, head) // whether it arrived shows in the answer
}

const scrape = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"

// answered waits until a connection brings an answer, and reads it.
func answered(t *testing.T, client net.Conn) (code int) {
	t.Helper()
	r, err := http.ReadResponse(bufio.NewReader(client), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r.Body); err != nil {
		t.Fatal(err)
	}
	return r.StatusCode
}

// ended waits until the server closes a connection, and returns how long it took.
func ended(client net.Conn) time.Duration {
	begin := time.Now()
	_, _ = io.Copy(io.Discard, client)
	return time.Since(begin)
}

func page() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the page") })
}

// TestIdleConnections: connections that wait for a request keep nobody out.
func TestIdleConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, p := serving(page(), inward{maxConnections: 3, readTimeout: time.Hour})
		defer shutdown(server, log.NewNopLogger())
		for range 2 { // as after a scrape
			client := p.dial()
			ask(client, scrape)
			answered(t, client)
		}
		for range 5 {
			p.dial()
		}
		synctest.Wait()
		begin := time.Now()
		client := p.dial()
		ask(client, scrape)
		if code := answered(t, client); code != 200 {
			t.Errorf("answered with %d", code)
		}
		if took := time.Since(begin); took >= 10*time.Second { // how long a scrape usually waits
			t.Errorf("answered after %v", took)
		}
	})
}

// TestBusyConnections: those that wait for an answer are not cut for new ones, which
// come when one ends.
func TestBusyConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		proceed := make(chan struct{})
		var mu sync.Mutex
		most, now := 0, 0
		serve := func(n int) {
			mu.Lock()
			defer mu.Unlock()
			now += n
			most = max(most, now)
		}
		server, p := serving(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			serve(1)
			<-proceed
			serve(-1)
			w.Header().Set("Connection", "close")
		}), inward{maxConnections: 3, readTimeout: time.Hour})
		defer shutdown(server, log.NewNopLogger())
		codes := make(chan int)
		for range 7 {
			go func() {
				client := p.dial()
				ask(client, scrape)
				codes <- answered(t, client)
			}()
		}
		time.Sleep(time.Minute)
		if serve(0); most != 3 {
			t.Errorf("%d connections are served at the same time, want 3", most)
		}
		close(proceed)
		for range 7 {
			if code := <-codes; code != 200 {
				t.Errorf("answered with %d", code)
			}
		}
	})
}

func TestConnections(t *testing.T) {
	for _, c := range []struct {
		wanted int
		files  uint64
		want   int
	}{
		{512, 0, 512}, {512, 1 << 20, 512}, {512, 1<<64 - 1, 512}, {512, 576, 512}, {512, 575, 511}, {512, 256, 192}, {100, 256, 100}, {512, 64, 1}, {512, 1, 1},
	} {
		if got := connections(c.wanted, c.files); got != c.want {
			t.Errorf("%d connections of %d files: %d, want %d", c.wanted, c.files, got, c.want)
		}
	}
}

// TestDeadlines: a client that is slow with its request is cut.
func TestDeadlines(t *testing.T) {
	for name, c := range map[string]struct {
		head string
		read time.Duration
		want time.Duration
	}{
		"nothing":              {"", 5 * time.Minute, 10 * time.Second},
		"half a header":        {"GET /metrics HTTP/1.1\r\nHo", 5 * time.Minute, 10 * time.Second},
		"half, and less time":  {"GET /metrics HTTP/1.1\r\nHo", 3 * time.Second, 3 * time.Second},
		"half a body":          {"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx", 5 * time.Minute, time.Second},
		"idle after an answer": {scrape, 5 * time.Minute, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, p := serving(page(), inward{maxConnections: 3, readTimeout: c.read})
				defer shutdown(server, log.NewNopLogger())
				client := p.dial()
				if c.head != "" {
					go ask(client, c.head)
				}
				if took := ended(client); took < c.want || took > c.want+time.Second {
					t.Errorf("it is cut after %v, want %v", took, c.want)
				}
			})
		})
	}
}

// TestShutdown: whatever clients do, the server ends, soon and without an error; who
// waits for an answer has some seconds.
func TestShutdown(t *testing.T) {
	for name, c := range map[string]struct {
		head  string
		reads bool
		most  time.Duration
	}{
		"connects only":      {"", false, shutdownTimeout},
		"sends half":         {"GET /metr", false, shutdownTimeout},
		"sends no body":      {"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", true, 2 * time.Second},
		"does not read":      {scrape, false, shutdownTimeout},
		"waits for a moment": {"GET /probe HTTP/1.1\r\nHost: a\r\n\r\n", true, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, p := serving(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/probe" {
						time.Sleep(time.Second)
					}
					_, _ = io.WriteString(w, "the page")
				}), inward{maxConnections: 1, readTimeout: time.Hour})
				client := p.dial()
				go ask(client, c.head)
				synctest.Wait()
				late := p.dial() // for which there is no place
				synctest.Wait()
				answer := make(chan error, 1)
				if c.reads {
					go func() {
						r, err := http.ReadResponse(bufio.NewReader(client), nil)
						if err == nil && r.StatusCode != 200 {
							err = errors.New(r.Status)
						}
						answer <- err
					}()
				}
				begin := time.Now()
				shutdown(server, log.NewNopLogger())
				if took := time.Since(begin); took > c.most {
					t.Errorf("it ends after %v", took)
				}
				if c.reads {
					if err := <-answer; err != nil {
						t.Errorf("the answer is lost: %v", err)
					}
				}
				for _, conn := range []net.Conn{client, late} {
					_ = conn.SetReadDeadline(time.Now())
					if _, err := io.Copy(io.Discard, conn); c.reads && conn == client && err != nil {
						t.Errorf("the connection is open: %v", err)
					}
					conn.Close()
				}
			})
		})
	}
}

// TestUnsentBodies: clients that announce a body and do not send it get their answer,
// keep nobody from theirs, and do not hold up the end.
func TestUnsentBodies(t *testing.T) {
	config := harness.Config("http://127.0.0.1:1", wxtest.DemoAccounts()[:2])
	s := start(t, nil, "--config.file="+harness.Write(t, t.TempDir(), "config.yml", config), "--storage.path="+t.TempDir())
	for _, n := range []int{40, 64} {
		var clients []net.Conn
		for range n {
			client, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.URL[len("http://"):])
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			ask(client, "GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
			clients = append(clients, client)
		}
		for _, client := range clients {
			_ = client.SetReadDeadline(time.Now().Add(harness.Patience))
			if code := answered(t, client); code != 200 && code != 503 { // more than 40 may come at the same time
				t.Errorf("of %d clients, one is answered with %d", n, code)
			}
		}
		harness.Eventually(t, "an answer beside clients that send no body", func() bool {
			code, _ := s.Get(t, "/metrics")
			return code == 200
		})
	}
	client, err := new(net.Dialer).DialContext(context.Background(), "tcp", s.URL[len("http://"):])
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ask(client, "GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
	if code := s.stop(); code != 0 {
		t.Errorf("it ends with %d:\n%s", code, s.log)
	}
}

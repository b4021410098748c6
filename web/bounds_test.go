package web_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/web"
)

// serve serves a handler on connections in memory, which hold no bytes: what is
// written waits until it is read. A request may take readTimeout to arrive.
func serve(t *testing.T, h http.Handler, readTimeout time.Duration) (dial func() net.Conn) {
	l := &listener{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: h, ReadTimeout: readTimeout, WriteTimeout: readTimeout}
	server.Protocols = new(http.Protocols)
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return func() net.Conn {
		client, conn := net.Pipe()
		l.conns <- conn
		t.Cleanup(func() { client.Close() })
		return client
	}
}

// listener is a net.Listener of given connections.
type listener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	close(l.closed)
	return nil
}

func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// send sends the head of a request.
func send(t *testing.T, client net.Conn, head string) {
	t.Helper()
	if _, err := io.WriteString(client, head+"\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
}

// receive reads an answer to a GET.
func receive(t *testing.T, in *bufio.Reader) (code int, body string) {
	t.Helper()
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

// large is a page that no buffer holds.
var large = strings.Repeat("0123456789abcdef", 1<<16)

// limited are the options of an exporter that serves one page at a time, and
// /metrics is a large one.
func limited(page string) web.Options {
	o := options(healthy("brand"))
	o.Limit = web.Limit(1)
	o.Metrics, o.Probe = o.Limit(says(page)), o.Limit(o.Probe)
	return o
}

// TestLimit: pages share one limit, and whoever comes too many is told when to
// come again. Health is told all the same, or a busy exporter would be restarted.
func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := web.Handler(limited(large))
		client := serve(t, h, 0)()
		send(t, client, "GET /metrics HTTP/1.1")
		in := bufio.NewReader(client)
		if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, " 200 ") {
			t.Fatalf("answer %q, %v", line, err)
		}
		synctest.Wait()
		for _, path := range []string{"/metrics", "/probe?target=brand", "/status", "/sd"} {
			if w := ask(h, "GET", path); w.Code != 503 || w.Header().Get("Retry-After") == "" {
				t.Errorf("one too many, %s: %d, %v", path, w.Code, w.Header())
			}
		}
		for _, path := range []string{"/-/healthy", "/-/ready"} {
			if w := ask(h, "GET", path); w.Code != 200 {
				t.Errorf("%s answers %d while a page is made", path, w.Code)
			}
		}
		if _, err := io.ReadAll(io.LimitReader(in, int64(len(large)))); err != nil {
			t.Fatal(err)
		}
		client.Close()
		synctest.Wait()
		if w := ask(h, "GET", "/metrics"); w.Code != 200 {
			t.Errorf("afterwards, one is answered with %d", w.Code)
		}
	})
}

// TestReaders: a client that takes nothing for some seconds loses its connection, and its
// place. One that takes a little all the time gets everything, however long it takes.
func TestReaders(t *testing.T) {
	for name, c := range map[string]struct {
		pause time.Duration
		whole bool
	}{
		"reads slowly": {9 * time.Second, true},
		"reads not":    {11 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := web.Handler(limited(large))
				client := serve(t, h, 5*time.Second)()
				send(t, client, "GET /metrics HTTP/1.1")
				var got int
				for b := make([]byte, 64<<10); ; time.Sleep(c.pause) {
					n, err := io.ReadFull(client, b)
					got += n
					if n == 0 || err != nil {
						break
					}
					if got > len(large) { // with the header
						break
					}
				}
				if whole := got > len(large); whole != c.whole {
					t.Errorf("it got %d bytes of %d", got, len(large))
				}
				synctest.Wait()
				if w := ask(h, "GET", "/metrics"); w.Code != 200 {
					t.Errorf("afterwards, another is answered with %d", w.Code)
				}
			})
		})
	}
}

// TestStreams: the same with HTTP/2, where a client holds up a stream while the
// connection lives.
func TestStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := web.Handler(limited(strings.Repeat(large, 16))) // more than a client takes unasked
		dial := serve(t, h, 5*time.Second)
		transport := &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) { return dial(), nil },
			Protocols:   new(http.Protocols),
		}
		transport.Protocols.SetUnencryptedHTTP2(true)
		defer transport.CloseIdleConnections()
		client := http.Client{Transport: transport}
		slow, err := client.Get("http://a/metrics")
		if err != nil || slow.ProtoMajor != 2 {
			t.Fatalf("%v, %v", slow, err)
		}
		defer slow.Body.Close()
		synctest.Wait()
		for after, want := range []int{503, 200} {
			r, err := client.Get("http://a/status")
			if err != nil {
				t.Fatal(err)
			}
			r.Body.Close()
			if r.StatusCode != want {
				t.Errorf("after %d times 11 s, another stream is answered with %d, want %d", after, r.StatusCode, want)
			}
			time.Sleep(11 * time.Second)
		}
	})
}

// TestBodies: nobody waits for a body, and what arrives of one does no harm.
func TestBodies(t *testing.T) {
	for _, c := range []struct{ method, path, body, sent string }{
		{"GET", "/metrics", "Content-Length: 1000", ""},
		{"GET", "/metrics", "Content-Length: 1000", "x"},
		{"GET", "/metrics", "Content-Length: 5", "hello"},
		{"GET", "/metrics", "Transfer-Encoding: chunked", ""},
		{"GET", "/metrics", "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"},
		{"GET", "/metrics", "Content-Length: 9000000000000000000", "x"},
		{"GET", "/status", "Content-Length: 1000", ""},
		{"GET", "/-/healthy", "Content-Length: 1000", ""},
		{"POST", "/-/reload", "Content-Length: 1000", ""},
		{"POST", "/metrics", "Content-Length: 1000", ""},
		{"GET", "/nowhere", "Content-Length: 1000", ""},
	} {
		t.Run(c.method+" "+c.path+" "+c.body+" "+c.sent, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := limited("all the metrics")
				o.Reload = func() error { return nil }
				h := web.Handler(o)
				client := serve(t, h, time.Hour)()
				begin := time.Now()
				send(t, client, c.method+" "+c.path+" HTTP/1.1\r\n"+c.body)
				go io.WriteString(client, c.sent)
				in := bufio.NewReader(client)
				code, body := receive(t, in)
				took := time.Since(begin)
				synctest.Wait() // the place is given back after the answer
				if want := ask(h, c.method, c.path); code != want.Code || body != want.Body.String() {
					t.Errorf("answered %d %.100q, want %d %.100q", code, body, want.Code, want.Body)
				}
				if took > 0 {
					t.Errorf("the answer comes after %v", took)
				}
				if w := ask(h, "GET", "/metrics"); w.Code != 200 {
					t.Errorf("meanwhile, another is answered with %d", w.Code)
				}
				if rest, err := io.ReadAll(in); len(rest) > 0 || err != nil {
					t.Errorf("%q, %v follow on the answer", rest, err)
				}
				if took := time.Since(begin); took > 5*time.Second {
					t.Errorf("the connection ends after %v", took)
				}
			})
		})
	}
}

// TestConnectionOutlivesItsAnswers: deadlines are those of an answer, not of the
// connection.
func TestConnectionOutlivesItsAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, web.Handler(options(healthy("brand"))), time.Hour)()
		in := bufio.NewReader(client)
		for _, path := range []string{"/metrics", "/status", "/metrics", "/nowhere", "/-/ready", "/metrics"} {
			send(t, client, "GET "+path+" HTTP/1.1")
			if code, _ := receive(t, in); code != 200 && path != "/nowhere" {
				t.Errorf("%s is answered with %d", path, code)
			}
			time.Sleep(time.Minute)
		}
	})
}

// TestLongRequest: how long a request may take to arrive is not how long its answer
// may take.
func TestLongRequest(t *testing.T) {
	for _, proto := range []string{"HTTP/1", "HTTP/2"} {
		t.Run(proto, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := options(healthy("brand"))
				o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					select {
					case <-time.After(time.Minute):
						_, _ = io.WriteString(w, "at last")
					case <-r.Context().Done():
					}
				})
				dial := serve(t, web.Handler(o), 5*time.Second)
				transport := &http.Transport{
					DialContext: func(context.Context, string, string) (net.Conn, error) { return dial(), nil },
					Protocols:   new(http.Protocols),
				}
				transport.Protocols.SetHTTP1(proto == "HTTP/1")
				transport.Protocols.SetUnencryptedHTTP2(proto == "HTTP/2")
				defer transport.CloseIdleConnections()
				r, err := (&http.Client{Transport: transport}).Get("http://a/metrics")
				if err != nil {
					t.Fatal(err)
				}
				b, err := io.ReadAll(r.Body)
				if err != nil || string(b) != "at last" || !strings.HasPrefix(r.Proto, proto) {
					t.Errorf("answered %q, %v, %s", b, err, r.Proto)
				}
			})
		})
	}
}

// TestMethods: pages are read, and nothing else can be done with them.
func TestMethods(t *testing.T) {
	for telemetry, paths := range map[string][]string{
		"/metrics": {"/metrics", "/probe?target=brand", "/", "/status", "/sd", "/-/healthy", "/-/ready"},
		"/status":  {"/status"},
	} {
		o := options(healthy("brand"))
		o.TelemetryPath = telemetry
		h := web.Handler(o)
		for _, path := range paths {
			for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} {
				if w := ask(h, method, path); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
					t.Errorf("%s %s: %d, allowed is %q", method, path, w.Code, w.Header().Get("Allow"))
				}
			}
			for _, method := range []string{"GET", "HEAD"} {
				if w := ask(h, method, path); w.Code != 200 {
					t.Errorf("%s %s: %d", method, path, w.Code)
				}
			}
		}
	}
}

// TestMadeTogether: all who ask at the same time get what is made once.
func TestMadeTogether(t *testing.T) {
	for _, path := range []string{"/status", "/sd"} {
		synctest.Test(t, func(t *testing.T) {
			o, made, proceed := options(), 0, make(chan struct{})
			o.Status = func() []poll.Status {
				<-proceed
				made++
				return []poll.Status{healthy("brand")}
			}
			h := web.Handler(o)
			const clients = 10
			answers := make(chan string)
			for range clients {
				go func() {
					w := ask(h, "GET", path)
					answers <- strconv.Itoa(w.Code) + w.Body.String()
				}()
			}
			synctest.Wait()
			close(proceed)
			first := <-answers
			for range clients - 1 {
				if a := <-answers; a != first {
					t.Errorf("%s: two get %.100q and %.100q", path, first, a)
				}
			}
			if made != 1 || !strings.HasPrefix(first, "200") || !strings.Contains(first, "brand") {
				t.Errorf("%s was made %d times: %.100q", path, made, first)
			}
			if ask(h, "GET", path); made != 2 {
				t.Errorf("%s is not made anew later", path)
			}
		})
	}
}

package wxclient

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// endless yields n bytes without holding them.
func endless(n int64) io.ReadCloser {
	return io.NopCloser(io.LimitReader(zeros{}, n))
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestBodyCap(t *testing.T) {
	x := exchange{api: "getusersummary", body: map[string]string{}, url: "https://wechat.test/", max: maxAnswerBytes}
	for _, size := range []int64{64 << 20, 64<<20 + 1} {
		e := Endpoint{Transport: transport(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: endless(size)}, nil
		})}
		body, err := e.do(t.Context(), x)
		if size == 64<<20 {
			if err != nil || len(body) != 64<<20 {
				t.Errorf("64 MiB: %d bytes, %v", len(body), err)
			}
			continue
		}
		if e := wantError(t, err, "getusersummary", "invalid", Invalid); !strings.Contains(e.Message, "64 MiB") {
			t.Errorf("message = %q", e.Message)
		}
	}
}

func TestFaultsOfARealServer(t *testing.T) {
	for _, c := range []struct {
		name    string
		serve   http.HandlerFunc
		code    string
		action  Action
		message string
	}{
		{"reset", func(w http.ResponseWriter, _ *http.Request) {
			conn := hijack(w)
			_ = conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}, "network", Retry, syscall.ECONNRESET.Error()},
		{"closed without an answer", func(w http.ResponseWriter, _ *http.Request) { hijack(w).Close() },
			"network", Retry, "EOF"},
		{"closed in the body", func(w http.ResponseWriter, _ *http.Request) {
			conn := hijack(w)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"list\":[")
			conn.Close()
		}, "network", Retry, "unexpected EOF"},
		{"not HTTP", func(w http.ResponseWriter, _ *http.Request) {
			conn := hijack(w)
			_, _ = io.WriteString(conn, "SSH-2.0-"+testToken+"\r\n")
			conn.Close()
		}, "network", Retry, "malformed HTTP answer"},
		{"HTML of a gateway", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "<html>"+testToken+"</html>")
		}, "http_502", Retry, "HTTP status 502 Bad Gateway"},
		{"unknown status", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(499) },
			"http_499", Invalid, "HTTP status 499"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(c.serve)
			defer server.Close()
			e := Endpoint{URL: server.URL}
			_, err := e.do(t.Context(), exchange{api: "getuserread", body: map[string]string{}, max: 100,
				url: e.path("/datacube/getuserread", map[string][]string{"access_token": {testToken}})})
			got := wantError(t, err, "getuserread", c.code, c.action)
			if !strings.HasSuffix(got.Message, c.message) {
				t.Errorf("message = %q, want it to end with %q", got.Message, c.message)
			}
			wantNoSecret(t, err, testToken, "access_token")
		})
	}
}

func hijack(w http.ResponseWriter) net.Conn {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	return conn
}

func TestUnreachableServer(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	for name, address := range map[string]string{
		"nobody listens":  server.URL,
		"no such scheme":  "gopher://" + testToken + ".test",
		"no host":         "https://",
		"not an address":  "http://a b/" + testToken,
		"a bad character": "http://127.0.0.1/%zz" + testToken + "\x7f",
	} {
		t.Run(name, func(t *testing.T) {
			e := Endpoint{URL: address}
			_, err := e.do(t.Context(), exchange{api: "token",
				url: e.path("/cgi-bin/token", map[string][]string{"secret": {testSecret}})})
			if err == nil {
				t.Fatal("no error")
			}
			wantNoSecret(t, err, testSecret, testToken, "secret=", "://")
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var elsewhere []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		elsewhere = append(elsewhere, r.URL.String(), r.Referer())
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+r.URL.String(), status)
		}))
		e := Endpoint{URL: server.URL}
		_, err := e.do(t.Context(), exchange{api: "getuserread", body: map[string]string{},
			url: e.path("/datacube/getuserread", map[string][]string{"access_token": {testToken}})})
		server.Close()
		e2 := wantError(t, err, "getuserread", "http_"+strconv.Itoa(status), Invalid)
		if !strings.Contains(e2.Message, "redirects are not followed") {
			t.Errorf("message = %q", e2.Message)
		}
	}
	if len(elsewhere) > 0 {
		t.Errorf("the other host saw %q", elsewhere)
	}
}

// TestTricklingBody speaks with a real HTTP server over a connection in
// memory, in a bubble's time.
func TestTricklingBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		served := make(chan error, 1)
		go func() {
			defer far.Close()
			_, err := far.Read(make([]byte, 4096))
			if err == nil {
				_, err = io.WriteString(far, "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n")
			}
			for n := 0; n < 60 && err == nil; n++ {
				time.Sleep(time.Second)
				_, err = far.Write([]byte("{"))
			}
			served <- err
		}()
		web := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return near, nil }}
		defer web.CloseIdleConnections()
		since := start()
		e := Endpoint{URL: "http://wechat.test", Transport: web, Timeout: 15 * time.Second}
		_, err := e.do(t.Context(), exchange{api: "getuserread", body: map[string]string{}, url: e.URL, max: maxAnswerBytes})
		if got := wantError(t, err, "getuserread", "timeout", Retry); got.Message != "no complete answer within 15s" {
			t.Errorf("message = %q", got.Message)
		}
		if d := since(); d != 15*time.Second {
			t.Errorf("gave up after %v", d)
		}
		if <-served == nil {
			t.Error("the server could write to the end: the connection was kept open")
		}
	})
}

func TestHangingServerTimesOutThreeTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &wechat{tokens: []string{testToken}, answer: func(_ string, r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}}
		since := start()
		_, err := client(server, func(o *Options) { o.Timeout = 10 * time.Second }).Fetch(t.Context(), aRequest)
		wantError(t, err, "getusersummary", "timeout", Retry)
		if d := since(); d < 30*time.Second || d > 35*time.Second {
			t.Errorf("took %v, want three times 10 s and two pauses", d)
		}
		if n := server.count("/datacube/getusersummary"); n != 3 {
			t.Errorf("%d calls, want 3", n)
		}
	})
}

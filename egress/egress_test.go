package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// note is a server that notes what it was asked and answers with a redirect, or with
// 200 below /done.
type note struct {
	mu     sync.Mutex
	asked  []string
	status int
	to     string
}

func (n *note) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	n.mu.Lock()
	n.asked = append(n.asked, r.Method+" "+r.URL.String()+" "+string(body)+r.Header.Get("X-Secret"))
	n.mu.Unlock()
	if r.URL.Path != "/done" {
		w.Header().Set("Location", n.to)
		w.WriteHeader(n.status)
	}
}

func TestRedirects(t *testing.T) {
	const post, done = "POST /?token=secret BODYHEADER", "POST /done BODYHEADER"
	for _, c := range []struct {
		follow bool
		method string
		status int
		to     string   // {other} is another server
		asked  []string // of the server
		err    string   // part of it; empty: the answer is 200
	}{
		{true, "POST", 307, "/done", []string{post, done}, ""},
		{true, "POST", 308, "/done", []string{post, done}, ""},
		{true, "GET", 302, "/done", []string{"GET /?token=secret HEADER", "GET /done HEADER"}, ""},
		{true, "POST", 301, "/done", []string{post}, "turn POST into GET"},
		{true, "POST", 302, "/done", []string{post}, "turn POST into GET"},
		{true, "POST", 303, "/done", []string{post}, "turn POST into GET"},
		{true, "POST", 307, "{other}/done?x=secret", []string{post}, "to {host} (http): redirects are not followed to another server"},
		{true, "POST", 308, "{other}/done?x=secret", []string{post}, "to {host} (http)"},
		{true, "POST", 302, "{other}/done?x=secret", []string{post}, "to {host} (http)"},
		{true, "GET", 301, "{other}/done?x=secret", []string{"GET /?token=secret HEADER"}, "to {host} (http)"},
		{true, "POST", 307, "//login.test/", []string{post}, "login.test (http)"},
		{true, "POST", 307, "https://login.test/", []string{post}, "login.test (https)"},
		{true, "GET", 307, "/", slices.Concat([]string{"GET /?token=secret HEADER"}, slices.Repeat([]string{"GET / HEADER"}, 5)), "more than 5 redirects"},
		{false, "POST", 307, "/done", []string{post}, "HTTP status 307 Temporary Redirect, to "},
		{false, "GET", 302, "/done", []string{"GET /?token=secret HEADER"}, "redirects are not followed"},
	} {
		t.Run(fmt.Sprint(c.method, c.status, c.to, c.follow), func(t *testing.T) {
			n, elsewhere := &note{status: c.status}, &note{}
			server, other := httptest.NewServer(n), httptest.NewServer(elsewhere)
			defer server.Close()
			defer other.Close()
			n.to = strings.ReplaceAll(c.to, "{other}", other.URL)
			body := ""
			if c.method == "POST" {
				body = "BODY"
			}
			req, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+"/?token=secret", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Secret", "HEADER")
			resp, err := Client(nil, time.Minute, c.follow).Do(req)
			if err == nil {
				resp.Body.Close()
			}
			if c.err == "" && (err != nil || resp.StatusCode != 200) {
				t.Errorf("answer %v, %v", resp, err)
			}
			if c.err != "" {
				redirect, ok := errors.AsType[*RedirectError](err)
				want := strings.ReplaceAll(c.err, "{host}", strings.TrimPrefix(other.URL, "http://"))
				if !ok || redirect.Status != c.status || !strings.Contains(redirect.Error(), want) || strings.Contains(redirect.Error(), "secret") {
					t.Errorf("error = %v, want %q in it", err, want)
				}
			}
			if !slices.Equal(n.asked, c.asked) {
				t.Errorf("asked %q, want %q", n.asked, c.asked)
			}
			if len(elsewhere.asked) > 0 {
				t.Errorf("the other server saw %q", elsewhere.asked)
			}
		})
	}
}

func TestDelay(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "soon": 0, "1.5": 0, "0": 0, "-1": 0, "-10000000000": 0, "-99999999999999999999": 0,
		"1": time.Second, " 600 ": 10 * time.Minute, "3600": time.Hour, "3601": time.Hour,
		"10000000000": time.Hour, "99999999999999999999": time.Hour,
		"Sun, 29 Nov 2026 11:58:00 GMT": 0, "Sun, 29 Nov 2026 12:10:00 GMT": 10 * time.Minute,
		"Sun, 29 Nov 2026 14:00:00 GMT": time.Hour, "Wed, 01 Jan 2300 00:00:00 GMT": time.Hour,
		"Sat, 01 Jan 0001 00:00:00 GMT": 0, "Fri, 31 Dec 9999 23:59:59 GMT": time.Hour,
	} {
		if got := Delay(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// TestBodyIsBounded: one byte more than the bound is an error, and nothing that is
// behind it is read.
func TestBodyIsBounded(t *testing.T) {
	for n, ok := range map[int]bool{0: true, 99: true, 100: true, 101: false, 1_000_000: false} {
		from := strings.NewReader(strings.Repeat("x", n))
		body, err := io.ReadAll(Body(t.Context(), &http.Response{Body: io.NopCloser(from)}, 100))
		if ok && (err != nil || len(body) != n) || !ok && len(body) != 100 {
			t.Errorf("%d bytes of %d, %v", len(body), n, err)
		}
		if tooLarge, is := errors.AsType[*TooLargeError](err); is == ok || is && tooLarge.Max != 100 {
			t.Errorf("%d bytes: %v", n, err)
		}
		if read := n - from.Len(); read > 101 {
			t.Errorf("%d bytes were read", read)
		}
	}
	for limit, want := range map[int64]string{64 << 10: "64 kB", 1 << 20: "1 MiB"} {
		if got := (&TooLargeError{limit}).Error(); !strings.HasSuffix(got, want) {
			t.Errorf("%d: %q", limit, got)
		}
	}
}

func TestBodyEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	body := Body(ctx, &http.Response{Body: io.NopCloser(strings.NewReader("xx"))}, 100)
	if n, err := body.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	cancel()
	if n, err := body.Read(make([]byte, 1)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestCut(t *testing.T) {
	closed := false
	answer := &http.Response{Body: cut{strings.NewReader("ab" + strings.Repeat("x", 1000)), closer(func() { closed = true })}}
	Cut(answer, 2)
	if body, err := io.ReadAll(answer.Body); err != nil || string(body) != "ab" {
		t.Errorf("%q, %v", body, err)
	}
	if answer.Body.Close(); !closed {
		t.Error("it is left open")
	}
}

type closer func()

func (c closer) Close() error { c(); return nil }

// TestFresh: a fresh request takes none of the connections that are kept, and leaves
// none.
func TestFresh(t *testing.T) {
	var mu sync.Mutex
	opened := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		if s == http.StateNew {
			opened++
		}
	}
	server.Start()
	defer server.Close()
	transport := Transport{Kept: &http.Transport{}, Single: &http.Transport{DisableKeepAlives: true}}
	defer transport.CloseIdleConnections()
	client := Client(transport, time.Minute, false)
	for i, want := range []struct {
		fresh  bool
		opened int
	}{{false, 1}, {false, 1}, {true, 2}, {true, 3}, {false, 3}} {
		ctx := t.Context()
		if want.fresh {
			ctx = Fresh(ctx)
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		mu.Lock()
		if opened != want.opened {
			t.Errorf("request %d: %d connections, want %d", i, opened, want.opened)
		}
		mu.Unlock()
	}
}

package wxclient

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

const (
	testSecret = "s3cr3t/of+the=account"
	testToken  = "TOKEN_one-61.abc"
)

// transport is a server in memory: no sockets, so it works in a synctest bubble.
type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

func reply(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status,
		Header:     http.Header{},
		Body:       io.NopCloser(strings.NewReader(body)),
	}
}

// wechat stands in for the API host: it hands out the tokens in turn, the last
// one again and again, and answers the data APIs with answer.
type wechat struct {
	tokens []string
	answer func(token string, r *http.Request) (*http.Response, error)

	mu       sync.Mutex
	fetches  int      // calls of the token endpoint
	requests []string // paths of all calls
}

func (w *wechat) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.requests = append(w.requests, r.URL.Path)
	if r.URL.Path == "/cgi-bin/stable_token" {
		token := w.tokens[min(w.fetches, len(w.tokens)-1)]
		w.fetches++
		w.mu.Unlock()
		return reply(200, `{"access_token":"`+token+`","expires_in":7200}`), nil
	}
	w.mu.Unlock()
	return w.answer(r.URL.Query().Get("access_token"), r)
}

func (w *wechat) count(path string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.requests {
		if p == path {
			n++
		}
	}
	return n
}

// client returns a client of the server with StableToken, as main builds it.
func client(server http.RoundTripper, change ...func(*Options)) *Client {
	endpoint := Endpoint{URL: "https://wechat.test/", Transport: server}
	o := Options{
		URL:       endpoint.URL,
		Transport: server,
		Tokens:    StableToken{Endpoint: endpoint, AppID: "wx1", Secret: secret(testSecret)},
	}
	for _, c := range change {
		c(&o)
	}
	return New(o)
}

func secret(s string) func() (string, error) {
	return func() (string, error) { return s, nil }
}

// tokenFunc is a TokenSource.
type tokenFunc func(context.Context) (Token, error)

func (f tokenFunc) Fetch(ctx context.Context) (Token, error) { return f(ctx) }

// fixed is a source of one token, which lives for two hours.
func fixed(value string) TokenSource {
	return tokenFunc(func(context.Context) (Token, error) {
		return Token{Value: value, Expiry: time.Now().Add(2 * time.Hour)}, nil
	})
}

var aRequest = Request{API: "getusersummary", Begin: calendar.FirstDay, End: calendar.FirstDay + 6}

// wantError asserts that err is an *Error with a code and an action.
func wantError(t testing.TB, err error, api, code string, action Action) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error = %v (%T), want an *Error with code %s", err, err, code)
	}
	if e.API != api || e.Code != code || e.Action != action {
		t.Fatalf("error = %v with action %v; want API %s, code %s, action %v", e, e.Action, api, code, action)
	}
	return e
}

func rows(a Answer) string {
	b, err := json.Marshal(a.Rows)
	if err != nil {
		return "not JSON: " + err.Error()
	}
	return string(b)
}

func start() (since func() time.Duration) {
	t := time.Now()
	return func() time.Duration { return time.Since(t) }
}

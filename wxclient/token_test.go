package wxclient

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const workers = 21 // one an API

// askAll asks with as many workers as there are APIs and returns their errors.
func askAll(ctx context.Context, c *Client) []error {
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = c.Fetch(ctx, aRequest) })
	}
	wg.Wait()
	return errs
}

// accepts answers only to one token, and takes a second for it.
func accepts(good string) func(string, *http.Request) (*http.Response, error) {
	return func(token string, _ *http.Request) (*http.Response, error) {
		time.Sleep(time.Second)
		if token != good {
			return reply(200, `{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest"}`), nil
		}
		return reply(200, `{"list":[{}]}`), nil
	}
}

func TestWorkersShareOneToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &wechat{tokens: []string{testToken}, answer: accepts(testToken)}
		var told []Token
		c := client(server, func(o *Options) { o.OnToken = func(t Token) { told = append(told, t) } })
		began := time.Now()
		if err := errors.Join(askAll(t.Context(), c)...); err != nil {
			t.Fatal(err)
		}
		if server.fetches != 1 || server.count("/datacube/getusersummary") != workers {
			t.Errorf("calls = %q", server.requests)
		}
		if want := (Token{testToken, began.Add(2 * time.Hour)}); len(told) != 1 || told[0] != want {
			t.Errorf("told of %d tokens, want one that expires at %v", len(told), want.Expiry)
		}
	})
}

func TestWorkersShareOneRefresh(t *testing.T) {
	for _, code := range []string{"40001", "40014", "42001"} {
		synctest.Test(t, func(t *testing.T) {
			server := &wechat{tokens: []string{"old", "new"}}
			server.answer = func(token string, _ *http.Request) (*http.Response, error) {
				time.Sleep(time.Second)
				if token == "old" {
					return reply(200, `{"errcode":`+code+`}`), nil
				}
				return reply(200, `{"list":[{}]}`), nil
			}
			if err := errors.Join(askAll(t.Context(), client(server))...); err != nil {
				t.Fatal(err)
			}
			if n := server.count("/datacube/getusersummary"); server.fetches != 2 || n != 2*workers {
				t.Errorf("%s: %d fetches and %d requests, want 2 and %d", code, server.fetches, n, 2*workers)
			}
		})
	}
}

func TestTokenRejectedTwice(t *testing.T) {
	for name, c := range map[string]struct {
		tokens []string
		says   string
	}{
		"the same token comes back": {[]string{"one"}, "returned the same one"},
		"another token comes":       {[]string{"one", "two"}, "rejected too"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &wechat{tokens: c.tokens, answer: accepts("none")}
				cl := client(server)
				for _, err := range askAll(t.Context(), cl) {
					e := wantError(t, err, "getusersummary", "40001", Credentials)
					if !strings.Contains(e.Message, c.says) || !strings.Contains(e.Advice, "token") {
						t.Fatalf("message = %q, advice = %q", e.Message, e.Advice)
					}
				}
				if n := server.count("/datacube/getusersummary"); server.fetches != 2 || n != 2*workers {
					t.Errorf("%d fetches and %d requests, want 2 and %d", server.fetches, n, 2*workers)
				}
				// When the caller comes back after its ten minutes, it is
				// one fetch again, and a good token is taken up.
				time.Sleep(10 * time.Minute)
				server.tokens = []string{"good"}
				server.answer = accepts("good")
				if err := errors.Join(askAll(t.Context(), cl)...); err != nil {
					t.Error(err)
				}
				if server.fetches != 3 {
					t.Errorf("%d fetches, want 3", server.fetches)
				}
			})
		})
	}
}

func TestTokenIsKeptUntilShortlyBeforeItsExpiry(t *testing.T) {
	for _, c := range []struct{ life, kept time.Duration }{
		{2 * time.Hour, 2*time.Hour - 5*time.Minute},
		{20 * time.Minute, 15 * time.Minute},
		{4 * time.Minute, 3 * time.Minute},
		{4 * time.Second, 3 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			fetches := 0
			source := tokenFunc(func(context.Context) (Token, error) {
				fetches++
				return Token{testToken, time.Now().Add(c.life)}, nil
			})
			server := &wechat{answer: func(string, *http.Request) (*http.Response, error) { return reply(200, `{}`), nil }}
			cl := client(server, func(o *Options) { o.Tokens = source })
			for _, step := range []struct {
				pause time.Duration
				want  int
			}{{0, 1}, {c.kept - time.Millisecond, 1}, {time.Millisecond, 2}} {
				time.Sleep(step.pause)
				if _, err := cl.Fetch(t.Context(), aRequest); err != nil || fetches != step.want {
					t.Errorf("life %v: %d fetches, %v; want %d", c.life, fetches, err, step.want)
				}
			}
		})
	}
}

func TestClockSetBackKeepsNoTokenForDays(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	server := &wechat{tokens: []string{testToken}, answer: func(string, *http.Request) (*http.Response, error) { return reply(200, `{}`), nil }}
	c := client(server, func(o *Options) {
		o.Now = clock
		o.Tokens = StableToken{Endpoint: Endpoint{Transport: server, Now: clock}, AppID: "wx1", Secret: secret(testSecret)}
	})
	for _, step := range []struct {
		jump time.Duration
		want int
	}{{0, 1}, {time.Hour, 1}, {-48 * time.Hour, 2}, {96 * time.Hour, 3}} {
		now = now.Add(step.jump)
		if _, err := c.Fetch(t.Context(), aRequest); err != nil || server.fetches != step.want {
			t.Errorf("after a jump of %v: %d fetches, %v; want %d", step.jump, server.fetches, err, step.want)
		}
	}
}

func TestFailedFetchIsRemembered(t *testing.T) {
	for _, c := range []struct {
		name     string
		fail     func() error
		code     string
		action   Action
		attempts int
		memory   time.Duration
	}{
		{"wrong secret", func() error { return classify("token", 40125, "invalid appsecret", nil) }, "40125", Credentials, 1, 30 * time.Second},
		{"busy", func() error { return classify("token", -1, "system error", nil) }, "-1", Retry, 3, 10 * time.Second},
		{"a source's own error", func() error { return errors.New("vault is sealed") }, "invalid", Credentials, 1, 30 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fetches := 0
				var failing = c.fail()
				source := tokenFunc(func(context.Context) (Token, error) {
					fetches++
					return Token{testToken, time.Now().Add(time.Hour)}, failing
				})
				cl := client(&wechat{answer: accepts(testToken)}, func(o *Options) { o.Tokens = source })
				for _, err := range askAll(t.Context(), cl) {
					wantError(t, err, "token", c.code, c.action)
				}
				if fetches != c.attempts {
					t.Errorf("%d attempts for %d workers, want %d", fetches, workers, c.attempts)
				}
				failing = nil
				time.Sleep(c.memory - time.Millisecond)
				if _, err := cl.Fetch(t.Context(), aRequest); err == nil {
					t.Error("no error: the failure is forgotten too early")
				}
				time.Sleep(time.Millisecond)
				if _, err := cl.Fetch(t.Context(), aRequest); err != nil || fetches != c.attempts+1 {
					t.Errorf("after %v: %v, %d attempts", c.memory, err, fetches)
				}
			})
		})
	}
}

// TestClockSetBackRevivesNoFailure: what has been mended stays mended.
func TestClockSetBackRevivesNoFailure(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	failing := errors.New("vault is sealed")
	source := tokenFunc(func(context.Context) (Token, error) { return Token{testToken, now.Add(time.Hour)}, failing })
	server := &wechat{answer: func(string, *http.Request) (*http.Response, error) { return reply(200, `{}`), nil }}
	c := client(server, func(o *Options) { o.Tokens, o.Now = source, func() time.Time { return now } })
	for _, step := range []struct {
		jump time.Duration
		fail error
		ok   bool
	}{{0, failing, false}, {time.Minute, nil, true}, {-50 * time.Second, nil, true}} {
		now, failing = now.Add(step.jump), step.fail
		if _, err := c.Fetch(t.Context(), aRequest); (err == nil) != step.ok {
			t.Errorf("after a jump of %v: %v", step.jump, err)
		}
	}
}

func TestEmptyTokenIsAnError(t *testing.T) {
	_, err := client(&wechat{}, func(o *Options) { o.Tokens = fixed("") }).Fetch(t.Context(), aRequest)
	wantError(t, err, "token", "invalid", Credentials)
}

// TestDeadlineBeforeTheTurnIsNoFailure: a caller whose turn to fetch comes after
// its deadline says nothing of the credentials, to itself or to the next one.
func TestDeadlineBeforeTheTurnIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &wechat{tokens: []string{testToken}, answer: accepts(testToken)}
		c := client(server, func(o *Options) { o.RequestsPerSecond = 0.1 })
		if _, err := c.Fetch(t.Context(), aRequest); err != nil {
			t.Fatal(err)
		}
		server.tokens = []string{"next"} // the one at hand is void
		server.answer = accepts("next")
		short, cancel := context.WithTimeout(t.Context(), 15*time.Second) // for one request, not for two
		defer cancel()
		_, err := c.Fetch(short, aRequest)
		if _, ok := errors.AsType[*Error](err); ok || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v (%T), want the context's", err, err)
		}
		if _, err := c.Fetch(t.Context(), aRequest); err != nil {
			t.Errorf("the next caller: %v", err)
		}
	})
}

// TestOneCallersEndIsNotTheOthers: the caller whose fetch the others wait for
// goes away; they get their token all the same.
func TestOneCallersEndIsNotTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var began []time.Duration
		since := start()
		source := tokenFunc(func(ctx context.Context) (Token, error) {
			began = append(began, since())
			select {
			case <-time.After(5 * time.Second):
				return Token{testToken, time.Now().Add(time.Hour)}, nil
			case <-ctx.Done():
				return Token{}, ctx.Err()
			}
		})
		c := client(&wechat{answer: accepts(testToken)}, func(o *Options) { o.Tokens = source })
		short, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		first := make(chan error, 1)
		go func() { _, err := c.Fetch(short, aRequest); first <- err }()
		synctest.Wait()

		waits, cancelWaits := context.WithTimeout(t.Context(), time.Second)
		defer cancelWaits()
		second := make(chan error, 1)
		go func() { _, err := c.Fetch(waits, aRequest); second <- err }()

		if err := errors.Join(askAll(t.Context(), c)...); err != nil {
			t.Errorf("the others: %v", err)
		}
		if err := <-first; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the fetching caller: %v", err)
		}
		if err := <-second; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the waiting caller: %v", err)
		}
		if want := []time.Duration{0, 2 * time.Second}; !slices.Equal(began, want) {
			t.Errorf("fetches began at %v, want %v", began, want)
		}
	})
}

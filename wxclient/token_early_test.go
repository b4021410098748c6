package wxclient

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// aging is a client whose tokens live for a time, and whose source and server
// do what a test has them do.
type aging struct {
	*Client
	err      error           // of the source, while there is one
	hangs    bool            // the source answers nobody
	rejected string          // the token that the server refuses
	fetches  []time.Duration // since the start, of all attempts
	used     []string        // the tokens of all calls of the API
	told     []*Error        // by OnRefreshFailed
}

func newAging(life time.Duration) *aging {
	a := &aging{}
	since := start()
	source := tokenFunc(func(ctx context.Context) (Token, error) {
		a.fetches = append(a.fetches, since())
		switch {
		case a.hangs:
			<-ctx.Done()
			return Token{}, ctx.Err()
		case a.err != nil:
			return Token{}, a.err
		}
		return Token{[]string{"first", "second", "third"}[len(a.fetches)-1], time.Now().Add(life)}, nil
	})
	server := transport(func(r *http.Request) (*http.Response, error) {
		token := r.URL.Query().Get("access_token")
		a.used = append(a.used, token)
		if token == a.rejected {
			return reply(200, `{"errcode":42001}`), nil
		}
		return reply(200, `{}`), nil
	})
	a.Client = client(server, func(o *Options) {
		o.Tokens = source
		o.OnRefreshFailed = func(err *Error) { a.told = append(a.told, err) }
	})
	return a
}

// TestFailedRefreshLeavesTheTokenInUse asks every second with a source that
// begins to fail before the token expires.
func TestFailedRefreshLeavesTheTokenInUse(t *testing.T) {
	for _, c := range []struct {
		life  time.Duration
		err   error
		tries []time.Duration // before the expiry
	}{
		{2 * time.Hour, classify("token", 40125, "invalid appsecret", nil),
			[]time.Duration{115 * time.Minute, 116 * time.Minute, 117 * time.Minute, 118 * time.Minute, 119 * time.Minute}},
		{2 * time.Hour, &Error{API: "token", Code: "http_502", Action: Retry},
			[]time.Duration{115 * time.Minute, 116 * time.Minute, 117 * time.Minute, 118 * time.Minute, 119 * time.Minute}},
		{time.Minute, errors.New("read the token file: it is being written"),
			[]time.Duration{45 * time.Second, 48 * time.Second, 51 * time.Second, 54 * time.Second, 57 * time.Second}},
	} {
		synctest.Test(t, func(t *testing.T) {
			a, since := newAging(c.life), start()
			for ; since() < c.life; time.Sleep(time.Second) {
				if _, err := a.Fetch(t.Context(), aRequest); err != nil {
					t.Fatalf("%v after %v: %v, with a token that is valid", c.err, since(), err)
				}
				a.err = c.err
			}
			if want := append([]time.Duration{0}, c.tries...); !slices.Equal(a.fetches, want) {
				t.Errorf("%v: asked for a token at %v, want %v", c.err, a.fetches, want)
			}
			if len(a.told) != 1 || a.told[0].API != "token" {
				t.Errorf("%v: told of %v, want one failure of the token", c.err, a.told)
			}
			// Expired, it is used no more, and the failure is the caller's.
			before := len(a.used)
			if _, err := a.Fetch(t.Context(), aRequest); err == nil || len(a.used) != before {
				t.Errorf("%v: %v, %d calls with a token that has expired", c.err, err, len(a.used)-before)
			}
		})
	}
}

func TestRefreshSucceedsAfterItFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAging(2 * time.Hour)
		for _, step := range []struct {
			pause time.Duration
			err   error
			token string
		}{{0, nil, "first"}, {115 * time.Minute, errors.New("vault is sealed"), "first"}, {59 * time.Second, nil, "first"}, {time.Second, nil, "third"}, {114 * time.Minute, nil, "third"}} {
			time.Sleep(step.pause)
			a.err = step.err
			if _, err := a.Fetch(t.Context(), aRequest); err != nil {
				t.Fatal(err)
			}
			if got := a.used[len(a.used)-1]; got != step.token {
				t.Errorf("%v later: used the %s token, want the %s", step.pause, got, step.token)
			}
		}
	})
}

// TestRejectedTokenIsNotFallenBackOn: when WeChat rejects a token that could not
// be replaced in time, no call is made with it any more.
func TestRejectedTokenIsNotFallenBackOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAging(2 * time.Hour)
		ask := func() error { _, err := a.Fetch(t.Context(), aRequest); return err }
		if err := ask(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(116 * time.Minute)
		a.err, a.rejected = errors.New("vault is sealed"), "first"
		wantError(t, ask(), "token", "invalid", Credentials)
		// One early, and one because of the rejection.
		if want := []time.Duration{0, 116 * time.Minute, 116 * time.Minute}; !slices.Equal(a.fetches, want) {
			t.Errorf("asked for a token at %v, want %v", a.fetches, want)
		}
		for range 3 {
			wantError(t, ask(), "token", "invalid", Credentials)
			time.Sleep(50 * time.Second)
		}
		if want := []string{"first", "first"}; !slices.Equal(a.used, want) {
			t.Errorf("calls were made with %q, want %q", a.used, want)
		}
	})
}

// TestReturnedTokenIsNotFallenBackOn is the same for a rejected token that its
// source returned once more.
func TestReturnedTokenIsNotFallenBackOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failing error
		expiry := time.Now().Add(2 * time.Hour)
		source := tokenFunc(func(context.Context) (Token, error) { return Token{"one", expiry}, failing })
		server := &wechat{answer: accepts("none")}
		c := client(server, func(o *Options) { o.Tokens = source })
		_, err := c.Fetch(t.Context(), aRequest)
		wantError(t, err, "getusersummary", "40001", Credentials)
		calls := server.count("/datacube/getusersummary")
		time.Sleep(116 * time.Minute)
		failing = errors.New("vault is sealed")
		_, err = c.Fetch(t.Context(), aRequest)
		wantError(t, err, "token", "invalid", Credentials)
		if n := server.count("/datacube/getusersummary"); n != calls {
			t.Errorf("%d more calls with the rejected token", n-calls)
		}
	})
}

// TestEndOfARefreshLeavesTheToken: a caller that goes away while it looks for
// another token takes the one at hand from nobody.
func TestEndOfARefreshLeavesTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAging(2 * time.Hour)
		if _, err := a.Fetch(t.Context(), aRequest); err != nil {
			t.Fatal(err)
		}
		time.Sleep(116 * time.Minute)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		a.hangs = true
		if _, err := a.Fetch(short, aRequest); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want the context's", err)
		}
		a.hangs, a.err = false, errors.New("vault is sealed")
		if _, err := a.Fetch(t.Context(), aRequest); err != nil {
			t.Errorf("the next caller: %v", err)
		}
	})
}

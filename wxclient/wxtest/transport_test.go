package wxtest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
)

// post sends a request for the last week's followers.
func post(ctx context.Context, c client, token string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, "POST", c.base+"/datacube/getusercumulate?access_token="+token, strings.NewReader(dates("1999-12-24", "1999-12-24")))
	if err != nil {
		return nil, err
	}
	return c.http.Do(req)
}

// The clock of a bubble starts in the year 2000, long before the first day: that
// is an error, which is an answer too.
func bubble(t *testing.T, b Behaviour, timeout time.Duration, f func(t *testing.T, w *WeChat, c client, token string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := New(Options{Accounts: testAccounts()})
		c := inProcess(t, w)
		token := c.token(oldID)
		c.http.Timeout = timeout
		w.Fault(Match{API: Statistics}, b)
		f(t, w, c, token)
		synctest.Wait() // a goroutine that is left over is a deadlock at the end of the bubble
	})
}

func TestTransportTrickles(t *testing.T) {
	bubble(t, Trickle(time.Minute), 0, func(t *testing.T, _ *WeChat, c client, token string) {
		start := time.Now()
		resp, err := post(t.Context(), c, token)
		if err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited != 0 || resp.ContentLength < 50 {
			t.Errorf("the header came after %v, with Content-Length %d", waited, resp.ContentLength)
		}
		b, err := io.ReadAll(resp.Body)
		if err != nil || int64(len(b)) != resp.ContentLength || !strings.Contains(string(b), "61501") {
			t.Errorf("body %q, %v", b, err)
		}
		if took := time.Since(start).Round(time.Millisecond); took != time.Minute {
			t.Errorf("the body took %v", took)
		}
		resp.Body.Close()
	})
}

func TestTransportTimesOut(t *testing.T) {
	for _, c := range []struct {
		name      string
		behaviour Behaviour
	}{
		{"before the header", Hang()},
		{"waiting", Wait(time.Hour)},
		{"in the body", Trickle(time.Hour)},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, c.behaviour, 15*time.Second, func(t *testing.T, _ *WeChat, c client, token string) {
				start := time.Now()
				resp, err := post(t.Context(), c, token)
				if err == nil {
					_, err = io.ReadAll(resp.Body)
					resp.Body.Close()
				}
				var timeout net.Error
				if !errors.As(err, &timeout) || !timeout.Timeout() || time.Since(start) != 15*time.Second {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
			})
		})
	}
}

func TestTransportIsCancelled(t *testing.T) {
	bubble(t, Trickle(time.Hour), 0, func(t *testing.T, _ *WeChat, c client, token string) {
		ctx, cancel := context.WithCancel(t.Context())
		resp, err := post(ctx, c, token)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Minute, cancel)
		if _, err := io.ReadAll(resp.Body); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		resp.Body.Close()
		if _, err := post(ctx, c, token); !errors.Is(err, context.Canceled) {
			t.Errorf("a request that was cancelled before: %v", err)
		}
	})
}

func TestTransportBodyClosedEarly(t *testing.T) {
	for _, b := range []Behaviour{{}, Trickle(time.Hour), Huge(1)} {
		bubble(t, b, 0, func(t *testing.T, w *WeChat, c client, token string) {
			resp, err := post(t.Context(), c, token)
			if err != nil {
				t.Fatal(err)
			}
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
			if n, err := resp.Body.Read(make([]byte, 1)); n != 0 || err == nil || err == io.EOF {
				t.Errorf("reading a closed body: %d, %v", n, err)
			}
		})
	}
}

// A day goes by in a bubble: the token ends, the data of the day appears.
func TestDaysPassInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(calendartest.At(t, "2026-11-20 07:00:00")))
		w := New(Options{Accounts: testAccounts()})
		c := inProcess(t, w)
		token := c.token(oldID)
		if n := len(c.ask(oldID, "getusercumulate", "2026-11-18", "2026-11-19").List); n != 1 {
			t.Errorf("at 07:00, %d of two days are there", n)
		}
		time.Sleep(2 * time.Hour)
		if n := len(c.ask(oldID, "getusercumulate", "2026-11-18", "2026-11-19").List); n != 2 {
			t.Errorf("at 09:00, %d of two days are there", n)
		}
		if code := c.code(token); code != 42001 {
			t.Errorf("code of a token that is two hours old: %d", code)
		}
	})
}

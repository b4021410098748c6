package history

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/wxexporter/wx_exporter/egress"
	"github.com/wxexporter/wx_exporter/store"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// wantPending wants so many days of accounts to be pending.
func (w *world) wantPending(what, receiver string, want map[string]float64) {
	w.Helper()
	for account, n := range want {
		if got := testutil.ToFloat64(w.sender.pending.WithLabelValues(receiver, account)); got != n {
			w.Errorf("%s: %v days of %s are pending, want %v", what, got, account, n)
		}
	}
}

// TestRedirectedReceiver: a page to log in at is no receiver, however it is reached.
// Where redirects are followed, the request arrives as it was.
func TestRedirectedReceiver(t *testing.T) {
	for _, c := range []struct {
		status int
		to     string
		follow bool
		takes  bool
	}{
		{301, "/login", true, false}, {302, "/login", true, false}, {303, "/login", true, false},
		{302, "https://login.test/login", true, false}, {307, "https://login.test/login", true, false},
		{308, "/elsewhere", false, false}, {307, "/elsewhere", true, true}, {308, "/elsewhere", true, true},
	} {
		t.Run(fmt.Sprint(c.status, c.to, c.follow), func(t *testing.T) {
			simulate(t, func(w *world) {
				f := newFake()
				var others []string
				w.put("2026-11-20", 60, 100)
				w.start(Receiver{Name: "f", URL: "http://a/write?token=secret", FollowRedirects: c.follow, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					switch {
					case r.URL.Path == "/write":
						return &http.Response{StatusCode: c.status, Header: http.Header{"Location": {c.to}}, Body: http.NoBody, Request: r}, nil
					case r.URL.Host == "a" && r.Method == http.MethodPost:
						return f.RoundTrip(r)
					}
					others = append(others, r.Method+" "+r.URL.String())
					return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("<html>please log in")), Request: r}, nil
				})})
				w.pass(time.Hour)
				if c.takes {
					w.wantDays("it is elsewhere", f, 60, 1)
					return
				}
				w.wantPending("it took nothing", "f", map[string]float64{"brand": 60})
				if n := testutil.ToFloat64(w.sender.days.WithLabelValues("f", "sent")); n != 0 || len(others) > 0 {
					w.Errorf("%v days count as sent; others were asked %q", n, others)
				}
				host, said := "login.test", w.log.String()
				if c.to[0] == '/' {
					host = "to a (http)"
				}
				if strings.Count(said, "level=warn") != 1 || !strings.Contains(said, host) || strings.Contains(said, "secret") {
					w.Errorf("log:\n%s", said)
				}
			})
		})
	}
}

// TestPageOfAReceiver: a page to log in at takes nothing, also where it says 200.
func TestPageOfAReceiver(t *testing.T) {
	simulate(t, func(w *world) {
		f := newFake()
		var page atomic.Bool
		page.Store(true)
		w.put("2026-11-20", 60, 100)
		w.start(Receiver{Name: "f", URL: "http://a/write?token=secret", Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			if !page.Load() {
				return f.RoundTrip(r)
			}
			body := "<html>please log in"
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})})
		w.pass(time.Hour)
		w.wantPending("a page took nothing", "f", map[string]float64{"brand": 60})
		if said := w.log.String(); strings.Count(said, "level=warn") != 1 || !strings.Contains(said, "with a web page") || strings.Contains(said, "secret") {
			w.Errorf("log:\n%s", said)
		}
		page.Store(false)
		w.pass(time.Hour)
		w.wantDays("nobody has to log in any more", f, 60, 1)
	})
}

// TestDelays: what a receiver says about when to come back is believed between the
// exporter's own pause and an hour.
func TestDelays(t *testing.T) {
	for name, text := range map[string]string{
		"two minutes ago": "{-2m}", "negative": "-5", "huge": "10000000000", "no number of this world": "99999999999999999999999",
		"in centuries": "Wed, 01 Jan 2300 00:00:00 GMT", "in a day": "{24h}", "words": "later",
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				f, n := newFake(), 0
				f.say(func(map[string]float64) (int, http.Header) {
					if n++; n > 10_000 {
						return 204, http.Header{} // or it would not end
					}
					text := text
					if d, err := time.ParseDuration(strings.Trim(text, "{}")); err == nil && text[0] == '{' {
						text = time.Now().Add(d).UTC().Format(http.TimeFormat)
					}
					return 503, http.Header{"Retry-After": {text}}
				})
				w.put("2026-11-20", 1, 100)
				w.start(Receiver{Name: "f", URL: "http://a", Transport: f})
				w.pass(7 * time.Second)
				if n := f.requests(); n > 8 {
					w.Errorf("%d requests in 8 s", n)
					return
				}
				w.pass(24 * time.Hour)
				if n := f.requests(); n < 24 {
					w.Errorf("%d requests in a day", n)
				}
				for i := range f.asked[1:] {
					if pause := f.asked[i+1].Sub(f.asked[i]); pause < time.Second || pause > time.Hour {
						w.Errorf("asked again after %v", pause)
						break
					}
				}
			})
		})
	}
}

// TestHugeRefusal: of what a receiver says there is as much in memory as is told.
func TestHugeRefusal(t *testing.T) {
	const size = 1 << 30
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, "out of bounds ")
		zeros := make([]byte, 1<<20)
		for n := 0; n < size; n += len(zeros) {
			if _, err := w.Write(zeros); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	counter := prometheus.NewCounter(prometheus.CounterOpts{})
	c := &client{logger: log.NewNopLogger(), samples: counter, retries: counter}
	if err := c.connect(Receiver{URL: server.URL, Transport: transport}, time.Now); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := c.write(t.Context(), []Sample{{Series: &Series{text: "x"}, Time: time.Now()}})
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(redacted(err), "out of bounds") {
		t.Errorf("error = %v", err)
	}
	used := after.TotalAlloc - before.TotalAlloc
	if t.Logf("%d kB allocated", used>>10); used > 8<<20 {
		t.Errorf("%d bytes were allocated", used)
	}
}

// TestMuteConnection: after a request without an answer the next one takes a new
// connection.
func TestMuteConnection(t *testing.T) {
	simulate(t, func(w *world) {
		f := newFake()
		kept := 0
		w.put("2026-11-20", 1, 100)
		w.start(Receiver{Name: "f", URL: "http://a", Transport: egress.Transport{Single: f, Kept: roundTripper(func(*http.Request) (*http.Response, error) {
			kept++
			return nil, errors.New("EOF")
		})}})
		w.pass(5 * time.Second)
		w.wantDays("a new connection", f, 1, 1)
		if kept != 1 {
			w.Errorf("%d attempts over a connection that is kept", kept)
		}
	})
}

// TestPendingWhileAway: what comes while a receiver is away is counted, of every
// account, and the count goes down with every batch.
func TestPendingWhileAway(t *testing.T) {
	simulate(t, func(w *world) {
		f := newFake()
		f.say(always(503))
		w.put("2026-11-01", 7, 100)
		w.start(Receiver{Name: "f", URL: "http://a", Transport: f})
		w.sender.Set([]Receiver{{Name: "f", URL: "http://a", Transport: f}}, []SentAccount{{Account: store.Account{ID: "wx1", Name: "brand"}}, {Account: store.Account{ID: "wx2", Name: "shop"}}})
		w.Put("wx2", "getusercumulate", store.Day{Date: "2026-11-20", Rows: []byte(`[{"ref_date":"2026-11-20","cumulate_user":1}]`), Fetched: time.Now()})
		w.sender.Changed("shop")
		w.put("2026-11-20", 166, 100)
		w.pass(countAgain)
		w.wantPending("it is away", "f", map[string]float64{"brand": 166, "shop": 1})
		w.putHours("2026-11-20", 100)
		w.sender.Changed("brand")
		w.pass(time.Hour)
		w.wantPending("still", "f", map[string]float64{"brand": 266, "shop": 1})
		var pending []float64
		f.say(func(samples map[string]float64) (int, http.Header) {
			if s := slices.Collect(maps.Keys(samples)); strings.Contains(s[0], "account=brand") {
				pending = append(pending, testutil.ToFloat64(w.sender.pending.WithLabelValues("f", "brand")))
			}
			return 204, http.Header{}
		})
		w.pass(2 * time.Minute)
		w.wantPending("it is back", "f", map[string]float64{"brand": 0, "shop": 0})
		// Days that came again while they were on their way are still pending.
		falls := slices.IsSortedFunc(pending, func(a, b float64) int { return int(b - a) }) && len(slices.Compact(slices.Clone(pending))) > 2
		if pending[0] != 266 || !falls {
			w.Errorf("pending before each request: %v", pending)
		}
	})
}

// TestChangedMeanwhile: days that are open again when their turn comes are no longer
// pending.
func TestChangedMeanwhile(t *testing.T) {
	simulate(t, func(w *world) {
		f := newFake()
		once := sync.OnceFunc(func() {
			var all []store.Day
			for i := range 90 {
				date := time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -i).Format(time.DateOnly)
				all = append(all, store.Day{Date: date, Rows: []byte(`[]`), Fetched: time.Now(), Open: true})
			}
			w.Put("wx1", "getupstreammsghour", all...)
		})
		f.say(func(map[string]float64) (int, http.Header) { once(); return 204, http.Header{} })
		w.putHours("2026-11-20", 60)
		w.start(Receiver{Name: "f", URL: "http://a", Transport: f})
		if len(f.batches) != 1 || len(f.got) == 0 {
			w.Fatalf("batches of %v", f.batches)
		}
		w.wantPending("they changed", "f", map[string]float64{"brand": 0})
	})
}

// TestSuccess: a success is a request that the receiver took, and nothing else.
func TestSuccess(t *testing.T) {
	simulate(t, func(w *world) {
		f := newFake()
		w.start(Receiver{Name: "f", URL: "http://a", Transport: f})
		w.pass(time.Minute)
		at := time.Now()
		w.put("2026-11-20", 3, 100)
		want := func(what string) {
			w.Helper()
			success, sent := testutil.ToFloat64(w.sender.success.WithLabelValues("f")), testutil.ToFloat64(w.sender.days.WithLabelValues("f", "sent"))
			if success != float64(at.Unix()) || sent != 3 {
				w.Errorf("%s: the last success is %v and %v days were sent, want %v and 3", what, success, sent, at.Unix())
			}
		}
		want("three days")
		w.pass(time.Hour)
		w.put("2026-11-20", 3, 100)
		want("the same ones fetched again")
	})
}

// TestRetryRefused: after a reload what was refused is tried again, and a receiver
// that is away is left in peace.
func TestRetryRefused(t *testing.T) {
	simulate(t, func(w *world) {
		f, away := newFake(), newFake()
		f.say(always(400))
		away.say(func(map[string]float64) (int, http.Header) { return 503, http.Header{"Retry-After": {"1800"}} })
		w.put("2026-11-20", 5, 100)
		w.start(Receiver{Name: "f", URL: "http://a", Transport: f}, Receiver{Name: "away", URL: "http://b", Transport: away})
		f.say(nil)
		asked := len(away.asked)
		w.sender.RetryRefused()
		w.pass(time.Minute)
		w.wantDays("after a reload", f, 5, 1)
		if len(away.asked) != asked {
			w.Error("the one that is away is asked in its pause")
		}
		asked = f.requests()
		w.sender.RetryRefused()
		w.pass(time.Minute)
		if f.requests() != asked {
			w.Error("what it has is sent again")
		}
	})
}

// TestReconfiguredWhileSending: others begin when those before have ended, and what
// those sent is not sent again.
func TestReconfiguredWhileSending(t *testing.T) {
	simulate(t, func(w *world) {
		f := newFake()
		var mu sync.Mutex
		now, most := 0, 0
		slow := Receiver{Name: "f", URL: "http://a", Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(10 * time.Second)
			mu.Lock()
			now--
			mu.Unlock()
			return f.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
		})}
		w.put("2026-11-20", 5, 100)
		w.start(slow)
		w.pass(4 * time.Second)
		w.sender.Set([]Receiver{slow}, []SentAccount{{Account: store.Account{ID: "wx1", Name: "brand"}}})
		w.pass(time.Minute)
		w.wantDays("reconfigured", f, 5, 1)
		if most != 1 {
			w.Errorf("%d requests at the same time", most)
		}
	})
}

// TestTheLastSampleStays: of samples of one series and time the last one is sent.
func TestTheLastSampleStays(t *testing.T) {
	a, b := &Series{text: "a"}, &Series{text: "b"}
	at := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	var got []string
	for _, s := range sorted([]Sample{{b, at, 1}, {a, at.Add(time.Hour), 2}, {a, at, 3}, {a, at, 4}, {a, at, 5}, {b, at, 6}}) {
		got = append(got, fmt.Sprint(s.text, s.Time.Hour(), " ", s.Value))
	}
	if want := []string{"a4 5", "a5 2", "b4 6"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestProgress: an export tells how many lines of a view there are, and a terminal
// shows it now and then.
func TestProgress(t *testing.T) {
	told := map[string][]int{}
	all := func(yield func([]any, error) bool) {
		for i := range 3 {
			yield([]any{"brand", "2026-11-20", i, 2}, nil)
		}
	}
	e := Export{Format: "jsonl", Views: views[:1], Progress: func(view string, lines int) { told[view] = append(told[view], lines) }}
	if err := e.Write(t.Context(), rows(all), io.Discard); err != nil {
		t.Fatal(err)
	}
	if want := map[string][]int{"getusersummary": {1, 2, 3}}; !maps.EqualFunc(told, want, slices.Equal) {
		t.Errorf("told %v, want %v", told, want)
	}
	var terminal strings.Builder
	now := time.Now()
	show, end := progress(&terminal, func() time.Time { return now })
	for n := range 4 {
		show("getusersummary", n)
		now = now.Add(progressPause / 2)
	}
	end()
	if want := "\r\x1b[Kgetusersummary: 0 lines\r\x1b[Kgetusersummary: 2 lines\r\x1b[K"; terminal.String() != want {
		t.Errorf("it shows %q, want %q", terminal.String(), want)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "no terminal"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	show, end = Progress(file, func() time.Time { return now })
	show("getusersummary", 1)
	end()
	if info, err := file.Stat(); err != nil || info.Size() > 0 {
		t.Errorf("a file got %v bytes of progress, %v", info, err)
	}
}

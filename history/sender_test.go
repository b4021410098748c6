package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/store"
)

// fake is a receiver: it takes samples, and counts how often each came.
type fake struct {
	mu      sync.Mutex
	answer  func(samples map[string]float64) (status int, header http.Header)
	got     map[string]float64 // by series and day
	times   map[string]int
	batches []int // samples of the requests that it took
	asked   []time.Time
}

func newFake() *fake { return &fake{got: map[string]float64{}, times: map[string]int{}} }

// requests is how many there were.
func (f *fake) requests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asked)
}

func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, time.Now())
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if body, err = snappy.Decode(nil, body); err != nil {
		return nil, err
	}
	if v := r.Header.Get("X-Prometheus-Remote-Write-Version"); v != "0.1.0" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		return nil, fmt.Errorf("headers %v", r.Header)
	}
	samples, status, header := decode(body), http.StatusNoContent, http.Header{}
	if f.answer != nil {
		if status, header = f.answer(samples); status == 0 {
			return nil, errors.New("connection refused")
		}
	}
	if status/100 == 2 {
		maps.Copy(f.got, samples)
		for s := range samples {
			f.times[s]++
		}
		f.batches = append(f.batches, len(samples))
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: header, Body: io.NopCloser(strings.NewReader("the receiver's own words")), Request: r}, nil
}

func (f *fake) say(answer func(map[string]float64) (int, http.Header)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

func always(status int) func(map[string]float64) (int, http.Header) {
	return func(map[string]float64) (int, http.Header) { return status, http.Header{} }
}

// decode reads a prometheus.WriteRequest.
func decode(b []byte) map[string]float64 {
	samples := map[string]float64{}
	for _, series := range fields(b)[1] {
		var labels []string
		for _, l := range fields(series)[1] {
			labels = append(labels, fmt.Sprintf("%s=%s", fields(l)[1][0], fields(l)[2][0]))
		}
		for _, s := range fields(series)[2] {
			value, _ := protowire.ConsumeFixed64(fields(s)[1][0])
			at, _ := protowire.ConsumeVarint(fields(s)[2][0])
			samples[strings.Join(labels, " ")+" "+time.UnixMilli(int64(at)).UTC().Format(time.DateTime)] = math.Float64frombits(value)
		}
	}
	return samples
}

func fields(b []byte) map[protowire.Number][][]byte {
	all := map[protowire.Number][][]byte{}
	for len(b) > 0 {
		n, kind, m := protowire.ConsumeTag(b)
		b = b[m:]
		size := protowire.ConsumeFieldValue(n, kind, b)
		value := b[:size]
		if kind == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(b)
		}
		all[n] = append(all[n], value)
		b = b[size:]
	}
	return all
}

// world is a store and a sender in a synctest bubble.
type world struct {
	*testing.T
	*store.Store
	sender *Sender
	log    *bytes.Buffer
	stop   func()
}

func simulate(t *testing.T, f func(*world)) {
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), store.Options{Path: t.TempDir(), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		w := &world{T: t, Store: s, log: &bytes.Buffer{}, stop: func() {}}
		f(w)
		w.stop()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// start starts a sender of the account brand, as a start of the program does.
func (w *world) start(receivers ...Receiver) {
	w.stop()
	w.sender = NewSender(SenderOptions{Families: collector.Families(), Store: w.Store, Logger: log.NewLogfmtLogger(log.NewSyncWriter(w.log)), Now: time.Now})
	w.sender.Set(receivers, []SentAccount{{Account: store.Account{ID: "wx1", Name: "brand"}}})
	ctx, cancel := context.WithCancel(w.Context())
	var done sync.WaitGroup
	done.Go(func() { w.sender.Run(ctx) })
	w.stop = func() {
		cancel()
		done.Wait()
		w.stop = func() {}
	}
	w.pass(time.Second)
}

// put stores days of followers, from a day back.
func (w *world) put(newest string, days int, followers int) {
	last, _ := time.Parse(time.DateOnly, newest)
	var all []store.Day
	for i := range days {
		date := last.AddDate(0, 0, -i).Format(time.DateOnly)
		all = append(all, store.Day{Date: date, Rows: fmt.Appendf(nil, `[{"ref_date":%q,"cumulate_user":%d}]`, date, followers), Fetched: time.Now()})
	}
	w.Put("wx1", "getusercumulate", all...)
	if w.sender != nil {
		w.sender.Changed("brand")
	}
	w.pass(time.Second)
}

// hourlySamples are those of a day of putHours.
const hourlySamples = 2 * 24

// putHours stores days with a row for each hour, from a day back.
func (w *world) putHours(newest string, days int) {
	last, _ := time.Parse(time.DateOnly, newest)
	var all []store.Day
	for i := range days {
		date := last.AddDate(0, 0, -i).Format(time.DateOnly)
		var rows []string
		for h := range 24 {
			rows = append(rows, fmt.Sprintf(`{"ref_date":%q,"ref_hour":%d,"msg_type":1,"msg_count":1,"msg_user":1}`, date, 100*h))
		}
		all = append(all, store.Day{Date: date, Rows: []byte("[" + strings.Join(rows, ",") + "]"), Fetched: time.Now()})
	}
	w.Put("wx1", "getupstreammsghour", all...)
}

// pass lets time pass. It takes some until all has been sent, for SQLite sleeps
// while another goroutine writes.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func at(date string) string {
	return "__name__=wx_history_cumulate_users account=brand " + date + " 04:00:00"
}

// wantDays wants the receiver to have so many days, of which each came so often
// at most.
func (w *world) wantDays(what string, f *fake, days, most int) {
	w.Helper()
	if len(f.got) != days {
		w.Errorf("%s: it has %d days, want %d", what, len(f.got), days)
	}
	for s, n := range f.times {
		if n > most {
			w.Errorf("%s: %s came %d times, want at most %d", what, s, n, most)
		}
	}
}

// TestSend: what the store has is sent at once, the newest days first; later what
// comes, what is corrected, and to a new receiver everything.
func TestSend(t *testing.T) {
	simulate(t, func(w *world) {
		first, second := newFake(), newFake()
		w.put("2026-11-20", 300, 100)
		w.start(Receiver{Name: "first", URL: "http://a", Transport: first})
		w.wantDays("the store", first, 300, 1)
		w.put("2026-11-21", 1, 101)
		w.wantDays("a new day", first, 301, 1)
		if first.got[at("2026-11-21")] != 101 {
			t.Errorf("the new day is %v", first.got[at("2026-11-21")])
		}
		asked := len(first.asked)
		w.pass(time.Millisecond)
		w.put("2026-11-21", 1, 101)
		w.put("2026-11-20", 10, 100)
		if len(first.asked) != asked {
			t.Error("days that did not change are sent again")
		}
		w.pass(time.Millisecond)
		w.put("2026-11-19", 1, 99)
		w.wantDays("a correction", first, 301, 2)
		if first.got[at("2026-11-19")] != 99 {
			t.Errorf("the corrected day is %v", first.got[at("2026-11-19")])
		}
		w.start(Receiver{Name: "first", URL: "http://a", Transport: first}, Receiver{Name: "second", URL: "http://b", Transport: second})
		w.wantDays("a restart", first, 301, 2)
		w.wantDays("a new receiver", second, 301, 1)
		if diff := cmp.Diff(first.got, second.got); diff != "" {
			t.Error(diff)
		}
		w.pass(repeatAfter + lookAgain)
		if n := first.times[at("2026-11-19")]; n != 3 {
			t.Errorf("the correction came %d times, want it a second time", n-1)
		}
		w.pass(24 * time.Hour)
		w.wantDays("a day later", first, 301, 3)
		if n := testutil.ToFloat64(w.sender.pending.WithLabelValues("first", "brand")); n != 0 {
			t.Errorf("%v days are pending", n)
		}
	})
}

// TestAway: a receiver that is away loses nothing, delays nobody, and has its
// time to come back.
func TestAway(t *testing.T) {
	for name, answer := range map[string]func(map[string]float64) (int, http.Header){
		"no connection": always(0), "502": always(502), "429": always(429), "wrong password": always(401), "wrong path": always(404),
		"Retry-After": func(map[string]float64) (int, http.Header) {
			return 503, http.Header{"Retry-After": {"600"}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(w *world) {
				away, well := newFake(), newFake()
				away.say(answer)
				w.put("2026-11-20", 400, 100)
				w.start(Receiver{Name: "away", URL: "http://user:password@a/secret?token=secret", Transport: away}, Receiver{Name: "well", URL: "http://b", Transport: well})
				w.pass(time.Hour)
				w.wantDays("it is away", away, 0, 0)
				w.wantDays("the other one", well, 400, 1)
				if n := testutil.ToFloat64(w.sender.pending.WithLabelValues("away", "brand")); n != 400 {
					t.Errorf("%v days are pending, want 400", n)
				}
				for i := range away.asked[1:] {
					if pause := away.asked[i+1].Sub(away.asked[i]); name == "Retry-After" && pause < 10*time.Minute || pause < time.Second {
						t.Fatalf("asked again after %v", pause)
					}
				}
				if n := strings.Count(w.log.String(), "remote write failed"); n != 1 {
					t.Errorf("told %d times:\n%s", n, w.log)
				}
				if strings.Contains(w.log.String(), "secret") || strings.Contains(w.log.String(), "password") {
					t.Errorf("a secret shows:\n%s", w.log)
				}
				away.say(nil)
				w.pass(12 * time.Minute)
				w.wantDays("it is back", away, 400, 1)
				if !strings.Contains(w.log.String(), "remote write recovered") {
					t.Errorf("not told:\n%s", w.log)
				}
			})
		})
	}
}

// TestRefused: days that the receiver will not have are told once, in its own
// words, and keep no other day from it.
func TestRefused(t *testing.T) {
	simulate(t, func(w *world) {
		f := newFake()
		f.say(func(samples map[string]float64) (int, http.Header) {
			for s := range samples {
				if s < at("2026-10-01") {
					return 400, http.Header{}
				}
			}
			return 200, http.Header{}
		})
		w.put("2026-11-20", 100, 100) // from 2026-08-13
		w.start(Receiver{Name: "f", URL: "http://a", Transport: f})
		w.wantDays("what it takes", f, 51, 1)
		if n := testutil.ToFloat64(w.sender.days.WithLabelValues("f", "refused")); n != 49 {
			t.Errorf("%v days were refused, want 49", n)
		}
		if n := strings.Count(w.log.String(), "\n"); n-strings.Count(w.log.String(), "level=debug") != 1 || !strings.Contains(w.log.String(), "the receiver's own words") {
			t.Errorf("log:\n%s", w.log)
		}
		asked := len(f.asked)
		w.pass(24 * time.Hour)
		if len(f.asked) != asked {
			t.Error("it is asked again")
		}
		f.say(nil)
		w.start(Receiver{Name: "f", URL: "http://a", Transport: f})
		w.wantDays("after a restart", f, 100, 1)
	})
}

// TestStopped: the end interrupts whoever waits for a receiver; what it did not
// take is sent after the next start.
func TestStopped(t *testing.T) {
	simulate(t, func(w *world) {
		f := newFake()
		n := 0
		f.say(func(map[string]float64) (int, http.Header) {
			if n++; n > 1 {
				return 503, http.Header{"Retry-After": {"86400"}}
			}
			return 200, http.Header{}
		})
		w.putHours("2026-11-20", 100)
		w.start(Receiver{Name: "f", URL: "http://a", Transport: f})
		begun := time.Now()
		w.stop()
		if time.Since(begun) > 0 {
			t.Error("the end waits")
		}
		if len(f.got) == 0 || len(f.got) == 100*hourlySamples {
			t.Fatalf("it has %d days", len(f.got))
		}
		f.say(nil)
		w.start(Receiver{Name: "f", URL: "http://a", Transport: f})
		if slices.Max(f.batches) > batchSamples+hourlySamples {
			t.Errorf("batches of %v", f.batches)
		}
		w.wantDays("after a restart", f, 100*hourlySamples, 1)
	})
}

// TestLargeDay: a day with more samples than a request may have comes in parts.
func TestLargeDay(t *testing.T) {
	simulate(t, func(w *world) {
		f := newFake()
		rows := &strings.Builder{}
		for i := range maxSamples {
			fmt.Fprintf(rows, `,{"ref_date":"2026-11-20","msgid":"%d_1","int_page_read_user":%d,"share_user":1}`, i, i)
		}
		w.Put("wx1", "getarticlesummary", store.Day{Date: "2026-11-20", Rows: []byte("[" + rows.String()[1:] + "]"), Fetched: time.Now()})
		w.start(Receiver{Name: "f", URL: "http://a", Families: []string{"article"}, Transport: f})
		if len(f.got) != 2*maxSamples || len(f.batches) != 2 {
			t.Errorf("%d samples in requests of %v", len(f.got), f.batches)
		}
	})
}

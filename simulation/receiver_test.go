package simulation

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/snappy"
	"google.golang.org/protobuf/encoding/protowire"
)

// receivers are what receivers of the history have taken, by receiver, series and
// time.
type receivers struct {
	mu      sync.Mutex
	of      map[string]map[string]float64
	at      map[string]map[string]time.Time // when that was taken
	waits   map[waiting]time.Time           // until when a receiver is to be left alone
	failed  map[string]time.Time            // when a receiver last did not take something at once
	refused bool                            // a receiver refused days, which are skipped until the next start
}

// waiting is a process that a receiver has told to wait.
type waiting struct {
	process *process
	reloads int64
	name    string
}

// delays are what a receiver may say of how long to leave it alone, and how long that is.
var delays = []func(now time.Time) (text string, d time.Duration){
	func(time.Time) (string, time.Duration) { return "", 0 },
	func(time.Time) (string, time.Duration) { return "90", 90 * time.Second },
	func(time.Time) (string, time.Duration) { return "1500", 25 * time.Minute },
	func(now time.Time) (string, time.Duration) {
		return now.Add(20 * time.Minute).UTC().Format(http.TimeFormat), 19 * time.Minute
	},
	func(time.Time) (string, time.Duration) { return "10000000000", 59 * time.Minute }, // an hour is granted
	func(now time.Time) (string, time.Duration) {
		return now.AddDate(0, 0, -1).UTC().Format(http.TimeFormat), 0
	},
}

// waits has a receiver say how long a process is to leave it alone.
func (w *world) waits(who waiting, resp *http.Response, level int) {
	if resp.StatusCode/100 != 5 && resp.StatusCode != http.StatusTooManyRequests {
		return
	}
	text, d := delays[level/5%len(delays)](time.Now())
	if text != "" {
		resp.Header.Set("Retry-After", text)
	}
	if !who.process.clockRight() {
		d = 0 // it may read a date in another way
	}
	w.receivers.mu.Lock()
	defer w.receivers.mu.Unlock()
	w.receivers.waits[who] = time.Now().Add(d)
}

// receive is a request of a process to a receiver.
func (w *world) receive(p *process, r *http.Request, body []byte) (*http.Response, error) {
	name, _, _ := strings.Cut(r.URL.Host, ".")
	who := waiting{p, p.reloads.Load(), name}
	w.receivers.mu.Lock()
	until := w.receivers.waits[who]
	w.receivers.mu.Unlock()
	if time.Now().Before(until) && w.clockRightSince(until.Add(-time.Hour)) {
		w.breaks(4, "receiver %s is sent to before %s, which it asked to wait for", name, stamp(until))
	}
	answer := func(status int) (*http.Response, error) {
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{}, Body: io.NopCloser(strings.NewReader("words")), Request: r}, nil
	}
	// 307 and 308 lead a POST to another address of the same host; there is no other way.
	if r.URL.Path == "/elsewhere" && (name == "another" || r.Method != http.MethodPost) {
		w.breaks(4, "receiver %s redirects, and is followed to %s", name, r.URL)
		return answer(http.StatusOK)
	}
	select {
	case <-time.After(50 * time.Millisecond):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	for _, s := range w.script.Spells {
		if s.API != "receiver" || w.calm || !w.within(s) || s.Account >= 0 && fmt.Sprint("r", s.Account) != name {
			continue
		}
		w.receivers.mu.Lock()
		w.receivers.failed[name] = time.Now()
		w.receivers.mu.Unlock()
		switch s.Kind {
		case "away":
			return nil, errRefused
		case "lost": // it is taken, but the answer does not arrive
			_ = w.take(p, name, r, body)
			return nil, io.ErrUnexpectedEOF
		case "refuse":
			w.receivers.mu.Lock()
			w.receivers.refused = true
			w.receivers.mu.Unlock()
			return answer(http.StatusBadRequest)
		case "redirect":
			if r.URL.Path == "/elsewhere" {
				break
			}
			resp, err := answer([]int{301, 302, 303, 307, 308}[s.Level%5])
			resp.Header.Set("Location", fmt.Sprintf("http://%s.receiver.example/elsewhere", []string{name, "another"}[s.Level%2]))
			return resp, err
		case "page": // of a gateway that wants somebody to log in
			resp, err := answer(http.StatusOK)
			resp.Header.Set("Content-Type", "text/html; charset=utf-8")
			resp.ContentLength = -1
			return resp, err
		case "busy":
			resp, err := answer([]int{500, 503, 429, 401, 404}[s.Level%5])
			w.waits(who, resp, s.Level)
			return resp, err
		}
	}
	if err := w.take(p, name, r, body); err != nil {
		w.breaks(4, "receiver %s cannot read a request: %v", name, err)
		return answer(http.StatusBadRequest)
	}
	return answer(http.StatusNoContent)
}

// take takes samples in.
func (w *world) take(p *process, name string, r *http.Request, body []byte) error {
	if r.Method != http.MethodPost {
		return errors.New("the method is " + r.Method)
	}
	text, err := snappy.Decode(nil, body)
	if err != nil {
		return err
	}
	w.receivers.mu.Lock()
	defer w.receivers.mu.Unlock()
	if w.receivers.of[name] == nil {
		w.receivers.of[name], w.receivers.at[name] = map[string]float64{}, map[string]time.Time{}
	}
	for _, one := range fields(text)[1] {
		var labels []string
		account, metric := -1, ""
		for _, l := range fields(one)[1] {
			if n := string(fields(l)[1][0]); n != "account" && n != "team" { // an account may be renamed
				labels = append(labels, fmt.Sprintf("%s=%s", n, fields(l)[2][0]))
				if n == "__name__" {
					metric = string(fields(l)[2][0])
				}
			} else if n == "account" {
				account = w.accountOf(string(fields(l)[2][0]))
				labels = append(labels, fmt.Sprintf("account=%d", account))
			}
		}
		slices.Sort(labels)
		w.mayTell(p, name, account)
		for _, s := range fields(one)[2] {
			value, _ := protowire.ConsumeFixed64(fields(s)[1][0])
			at, _ := protowire.ConsumeVarint(fields(s)[2][0])
			w.mayBeTold(name, metric, account, time.UnixMilli(int64(at)))
			w.receivers.keep(name, strings.Join(labels, ",")+" "+stamp(time.UnixMilli(int64(at))), math.Float64frombits(value))
		}
	}
	return nil
}

// keep keeps a sample as Prometheus does: it drops another value in silence while the
// first one is in its newest block, which it writes every two hours.
func (r *receivers) keep(name, sample string, value float64) {
	had, again := r.of[name][sample]
	if again && had != value && time.Since(r.at[name][sample]) < 2*time.Hour {
		return
	}
	r.of[name][sample], r.at[name][sample] = value, time.Now()
}

// fields splits a message of Protocol Buffers.
func fields(b []byte) map[protowire.Number][][]byte {
	all := map[protowire.Number][][]byte{}
	for len(b) > 0 {
		n, kind, m := protowire.ConsumeTag(b)
		if m < 0 {
			return all
		}
		b = b[m:]
		size := protowire.ConsumeFieldValue(n, kind, b)
		if size < 0 {
			return all
		}
		value := b[:size]
		if kind == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(b)
		}
		all[n] = append(all[n], value)
		b = b[size:]
	}
	return all
}

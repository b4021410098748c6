package simulation

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

var errDead = errors.New("the process is dead")

// wire is the way of one process to WeChat and to receivers. What it tells the
// model is what users see of the traffic: who was asked for what, and what arrived.
type wire struct {
	*world
	process *process
}

// RoundTrip implements http.RoundTripper.
func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(r.Body)
		if err = errors.Join(err, r.Body.Close()); err != nil {
			return nil, err
		}
	}
	if w.process.dead.Load() {
		return nil, errDead
	}
	if strings.HasSuffix(r.URL.Host, ".receiver.example") {
		return w.receive(w.process, r, body)
	}
	return w.wechatAnswers(r, body)
}

// call is a request of WeChat.
type call struct {
	at, clock  time.Time // true time, and that of the process
	process    *process
	account    int // index, -1 if unknown
	api        string
	begin, end string // days of the rows that are asked for
	question   string // of an API with several for a day
	page       int    // of an API with pages
	reloads    int64  // of the process, when it was made
	token      string
}

func (w *world) readCall(p *process, r *http.Request, body []byte) call {
	c := call{at: time.Now(), clock: w.clockOf(p), process: p, reloads: p.reloads.Load(), account: -1, api: r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]}
	var asked questionBody
	_ = json.Unmarshal(body, &asked) // a question without a body has neither
	c.asks(asked, r.URL.Query())
	if c.api == "get" {
		c.api = "quota"
	}
	c.token = r.URL.Query().Get("access_token")
	id := asked.AppID + r.URL.Query().Get("appid")
	if text, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(c.token, wxtest.TokenPrefix)); err == nil && id == "" {
		id, _, _ = strings.Cut(string(text), "|")
	}
	for i := range w.script.Accounts {
		if appID(i) == id {
			c.account = i
		}
	}
	return c
}

// tell shows a call and its answer to whoever reads a failure.
func (c call) tell(a *answer, err error) {
	if os.Getenv("WX_SIMULATE_LOG") == "" {
		return
	}
	answer := fmt.Sprint(err)
	if a != nil {
		answer = fmt.Sprintf("%d %s", a.status, a.body)
	}
	fmt.Fprintf(os.Stderr, "%s %s asked at %s for %s %s of account %d, %s to %s: %s\n", stamp(time.Now()), c.process.name(), stamp(c.at), c.api, c.question, c.account, c.begin, c.end, answer)
}

// wechatAnswers asks the simulated WeChat, and lets the weather have its way with
// the answer.
func (w wire) wechatAnswers(r *http.Request, body []byte) (*http.Response, error) {
	c := w.readCall(w.process, r, body)
	w.called(c)
	spells := w.over(c)
	hidden, err := w.before(r.Context(), c, spells)
	if err == nil && hidden == nil {
		hidden, err = w.asked(r, body)
		w.model.refuses(c, hidden)
	}
	if err != nil {
		w.answered(c, nil, err)
		return nil, err
	}
	a := hidden
	if documentOf(c.api) != nil && a.status == http.StatusOK && !a.foul {
		w.spoil(c, a, spells)
	}
	a.wrap(documentOf(c.api), spells)
	resp := &http.Response{StatusCode: a.status, Status: http.StatusText(a.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(a.wire)), Request: r}
	if a.packed {
		resp.Header.Set("Content-Encoding", "gzip")
	}
	if a.cut {
		half := a.wire[:len(a.wire)/2]
		resp.Body = &delivery{Reader: io.MultiReader(bytes.NewReader(half), failing{io.ErrUnexpectedEOF}), done: func() { w.answered(c, nil, io.ErrUnexpectedEOF) }}
		return resp, nil
	}
	done := func() { w.answered(c, a, nil) }
	if a.foul { // whoever sees that reads no further
		done()
		done = nil
	}
	resp.Body = &delivery{Reader: bytes.NewReader(a.wire), done: done}
	return resp, nil
}

// asked is the answer of the simulated WeChat in fine weather.
func (w *world) asked(r *http.Request, body []byte) (*answer, error) {
	q := r.Clone(r.Context())
	q.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := w.wechat.Transport().RoundTrip(q)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return &answer{status: resp.StatusCode, body: text}, err
}

// before is what the weather does in place of WeChat, after some time.
func (w *world) before(ctx context.Context, c call, spells []Spell) (*answer, error) {
	latency := w.script.latency(c)
	var instead func() (*answer, error)
	for _, s := range spells {
		switch s.Kind {
		case "hang":
			<-ctx.Done()
			return nil, context.Cause(ctx)
		case "slow":
			latency += time.Duration(3+s.Level*3) * time.Second
		default:
			if f := blockers[s.Kind]; f != nil && instead == nil {
				instead = func() (*answer, error) { return f(documentOf(c.api), s.Level, w.sent(c, s.Level)) }
			}
		}
	}
	select {
	case <-time.After(latency):
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if instead != nil {
		return instead()
	}
	return nil, nil
}

// sent is what WeChat may repeat of a call: the secret, or the token.
func (w *world) sent(c call, level int) string {
	if level%2 == 0 && c.token == "" && c.account >= 0 {
		return "secret " + w.secrets[c.account]
	}
	return c.token
}

// delivery tells when a body was read to its end.
type delivery struct {
	io.Reader
	done func()
}

func (d *delivery) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if err != nil && d.done != nil {
		d.done()
		d.done = nil
	}
	return n, err
}

func (d *delivery) Close() error { return nil }

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

var errRefused = syscall.ECONNREFUSED

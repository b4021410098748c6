package simulation

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/wxexporter/wx_exporter/app"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// world is a machine with an exporter, and what is around it.
type world struct {
	script  Script
	dir     string
	begin   time.Time
	wechat  *wxtest.WeChat
	model   *model
	applied Script // accounts and configuration as the exporter has them
	names   []string
	labels  []string // of accounts, the value of one label more
	secrets []string
	present []bool

	process     *process   // the one that is looked at
	processes   []*process // by replica; nil: it does not run
	meeting     *meeting
	cutUntil    time.Time // until when a replica cannot reach the database
	starts      int
	ahead       []atomic.Int64 // nanoseconds by which a replica's clock is wrong
	setAt       time.Time      // when one was last set
	trap        *ambush
	unsynced    atomic.Bool // something was confirmed that a power cut takes away
	fullSince   time.Time   // since when the disk has been full, or was until just now
	calm        bool
	wasOdd      bool      // a clock was wrong
	wasSwapped  bool      // accounts have exchanged their names
	rescheduled time.Time // when the schedule was last changed
	receivers   receivers

	mu     sync.Mutex
	broken error // the first rule that was broken
	trace  trace // what users saw
}

// rule is a rule that was broken.
type rule struct {
	number int
	at     string
	text   string
}

func (r rule) Error() string { return fmt.Sprintf("rule %d, at %s: %s", r.number, r.at, r.text) }

func (w *world) breaks(number int, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken == nil {
		w.broken = rule{number, stamp(time.Now()), fmt.Sprintf(format, args...)}
	}
}

func (w *world) isBroken() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken != nil
}

func appID(i int) string { return fmt.Sprintf("wx%016x", 0xa1+i) }
func secret(i, n int) string {
	return fmt.Sprintf("%08x%08x%08x%08x", 0x5ec7e700+i, 0xfeed0000+n, chance(i, n)>>32, chance(n, i)>>32)
}

// newWorld makes the world of a script, in a bubble, before anything happens.
func newWorld(script Script, dir string) *world {
	w := &world{script: script, applied: script, dir: dir, begin: script.begin(), processes: make([]*process, max(1, script.Replicas)), ahead: make([]atomic.Int64, mostReplicas), meeting: newMeeting()}
	time.Sleep(time.Until(w.begin))
	var accounts []wxtest.Account
	for i, a := range script.Accounts {
		w.names = append(w.names, fmt.Sprintf("account%d", i))
		w.labels = append(w.labels, "")
		w.secrets = append(w.secrets, secret(i, 0))
		w.present = append(w.present, !a.Later)
		accounts = append(accounts, wxtest.Account{Name: w.names[i], AppID: appID(i), Secret: w.secrets[i], OldArticles: a.Old, Followers: a.Followers, Articles: a.Articles, Type: a.Type, Publisher: a.Publisher, Pages: 2 + a.Articles, AdUnits: a.Units, Novelties: a.Novelties})
	}
	w.wechat = wxtest.New(wxtest.Options{Accounts: accounts, CallLog: 10})
	w.model = newModel(w)
	w.meeting.lost = w.hintLost
	w.receivers.of, w.receivers.at, w.receivers.waits = map[string]map[string]float64{}, map[string]map[string]time.Time{}, map[waiting]time.Time{}
	w.receivers.failed = map[string]time.Time{}
	return w
}

// clock is that of the process that is looked at.
func (w *world) clock() time.Time { return w.clockOf(w.process) }

func (w *world) clockOf(p *process) time.Time {
	return time.Now().Add(time.Duration(w.ahead[p.replica].Load()))
}

// clocksRight reports whether no clock is wrong.
func (w *world) clocksRight() bool {
	for i := range w.ahead {
		if w.ahead[i].Load() != 0 {
			return false
		}
	}
	return true
}

// clockRightSince reports whether all clocks have been right since a time.
func (w *world) clockRightSince(t time.Time) bool {
	return w.clocksRight() && !w.setAt.After(t)
}

// ask asks the exporter for a page.
func (w *world) ask(method, path string) (int, string) {
	if w.process.handler == nil {
		return 0, ""
	}
	rec := httptest.NewRecorder()
	w.process.handler.ServeHTTP(rec, httptest.NewRequest(method, path, nil))
	body := rec.Body.String()
	w.hides(path, body)
	return rec.Code, body
}

// export runs the command export beside the exporter.
func (w *world) export() (string, error) {
	var out, log bytes.Buffer
	host := app.Host{Getenv: func(string) string { return "" }, Stdout: &out, Stderr: &log, Now: w.clock}
	if app.Run(context.Background(), []string{"export", "--format=jsonl", "--storage.path=" + w.dir}, host) != 0 {
		return "", errors.New(log.String())
	}
	return out.String(), nil
}

// hides checks that something that was written has no secret.
func (w *world) hides(what, text string) {
	secrets := append([]string{wxtest.TokenPrefix, "access_token="}, w.secrets...)
	for _, s := range secrets {
		if i := strings.Index(text, s); i >= 0 {
			w.breaks(7, "%s has a secret: %s", what, text[max(0, i-100):min(len(text), i+100)])
		}
	}
}

// code is the errcode of an answer, or what it is called in those about revenue.
func code(body []byte) int {
	var e struct {
		Code int `json:"errcode"`
		Base struct {
			Ret int `json:"ret"`
		} `json:"base_resp"`
	}
	_ = json.Unmarshal(body, &e)
	return cmp.Or(e.Code, e.Base.Ret)
}

// accountOf is the account that has, or had, a name.
func (w *world) accountOf(name string) int {
	if i := slices.Index(w.names, name); i >= 0 {
		return i
	}
	var i int
	if _, err := fmt.Sscanf(name, "account%d", &i); err != nil || i >= len(w.names) {
		return -1
	}
	return i
}

// unsureClock says that a clock was set: what was decided by it counts no more.
func (m *model) unsureClock() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.places {
		k.asked, k.final = time.Time{}, false
	}
	m.parks = map[place]park{}
}

// beforeBubbles begins what outlives a bubble.
var beforeBubbles = sync.OnceFunc(func() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	signal.Stop(c)
	debug.SetGCPercent(400) // worlds are small, and short
})

package simulation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing/synctest"
	"time"

	"github.com/wxexporter/wx_exporter/app"
	"github.com/wxexporter/wx_exporter/fleet"
	"github.com/wxexporter/wx_exporter/store"
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

	process    *process   // the one that is looked at
	processes  []*process // by replica; nil: it does not run
	meeting    *meeting
	cutUntil   time.Time // until when a replica cannot reach the database
	starts     int
	ahead      atomic.Int64 // nanoseconds by which the host's clock is wrong
	setAt      time.Time    // when it was last set
	trap       *ambush
	fullSince  time.Time // since when the disk has been full, or was until just now
	calm       bool
	wasOdd     bool // a clock was wrong
	wasSwapped bool // accounts have exchanged their names
	receivers  receivers

	mu     sync.Mutex
	broken error // the first rule that was broken
	trace  trace // what users saw
}

// process is an exporter that runs.
type process struct {
	dead    atomic.Bool // it was killed: nothing that it does counts
	ended   chan struct{}
	code    int
	cancel  context.CancelFunc
	handler http.Handler
	log     bytes.Buffer
	mu      sync.Mutex
	dir     string
	world   *world
	replica int
	cut     time.Time // until when it cannot reach the database
	before  series    // its last page; nil: none that counts
	reloads atomic.Int64
	began   time.Time
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
	w := &world{script: script, applied: script, dir: dir, begin: script.begin(), processes: make([]*process, max(1, script.Replicas)), meeting: newMeeting()}
	time.Sleep(time.Until(w.begin))
	var accounts []wxtest.Account
	for i, a := range script.Accounts {
		w.names = append(w.names, fmt.Sprintf("account%d", i))
		w.labels = append(w.labels, "")
		w.secrets = append(w.secrets, secret(i, 0))
		w.present = append(w.present, !a.Later)
		accounts = append(accounts, wxtest.Account{Name: w.names[i], AppID: appID(i), Secret: w.secrets[i], OldArticles: a.Old, Followers: a.Followers, Articles: a.Articles})
	}
	w.wechat = wxtest.New(wxtest.Options{Accounts: accounts, CallLog: 10})
	w.model = newModel(w)
	w.receivers.of = map[string]map[string]float64{}
	return w
}

func (w *world) clock() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

func (p *process) clockRight() bool { return p.world.ahead.Load() == 0 }

// clockRightSince reports whether the host's clock has been right since a time.
func (w *world) clockRightSince(t time.Time) bool {
	return w.ahead.Load() == 0 && !w.setAt.After(t)
}

// Write implements io.Writer: it is the log of a process.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.dead.Load() {
		p.world.hides("the log", string(b))
		p.log.Write(b)
		if os.Getenv("WX_SIMULATE_LOG") != "" {
			fmt.Fprintf(os.Stderr, "%s %s", stamp(time.Now()), b)
		}
		if p.log.Len() > 1<<16 {
			p.log.Next(1 << 15)
		}
	}
	return len(b), nil
}

func (p *process) lastLines() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := strings.TrimSpace(p.log.String())
	return text[max(0, len(text)-400):]
}

// start starts the replicas that do not run.
func (w *world) start() {
	for i, p := range w.processes {
		if p == nil {
			w.startOne(i)
		}
	}
	w.process = w.processes[0]
}

// startOne starts an exporter as the program does.
func (w *world) startOne(i int) {
	w.starts++
	p := &process{ended: make(chan struct{}), dir: w.dir, world: w, replica: i, began: time.Now()}
	if w.script.Replicas > 1 {
		p.dir = w.linked(i)
	}
	w.mu.Lock()
	w.process, w.processes[i] = p, p
	w.mu.Unlock()
	w.writeConfig()
	var ctx context.Context
	ctx, p.cancel = context.WithCancel(context.Background())
	host := app.Host{
		Getenv: func(name string) string { return map[string]string{"GOGC": "100"}[name] },
		Stdout: p, Stderr: p, Now: w.clock,
		Transport: wire{w, p},
		Serve:     func(h http.Handler) { p.handler = h },
		Random:    func() float64 { return w.script.Jitter },
	}
	if w.script.Replicas > 1 {
		host.Share = func(name string) (fleet.Peers, *store.Sharing) {
			seat := w.meeting.seat(name, fleet.LeaseTime, p.away)
			return seat, seat.sharing()
		}
	}
	args := []string{"--config.file=" + w.configFile(), "--storage.path=" + p.dir, "--web.enable-lifecycle", "--log.level=info", "--replica.name=" + p.name()}
	use(p.dir, w)
	go func() {
		defer close(p.ended)
		p.code = app.Run(ctx, args, host)
	}()
	synctest.Wait()
	select {
	case <-p.ended:
		w.breaks(6, "the exporter does not start: %s", p.lastLines())
	default:
		if p.handler == nil {
			w.breaks(6, "the exporter hangs at its start: %s", p.lastLines())
		}
	}
}

// stop ends the exporter that is looked at in order.
func (w *world) stop() {
	p := w.process
	defer func() { w.processes[p.replica] = nil }()
	w.model.underWay(p)
	p.cancel()
	<-p.ended
	if p.code != 0 && !p.dead.Load() && !w.isFull() {
		w.breaks(6, "the exporter ends with code %d: %s", p.code, p.lastLines())
	}
	if w.isFull() {
		w.model.unsure(w.fullSince)
	}
}

// kill ends the exporter as kill -9 does: what is on the disk at this moment is all
// that is left, and perhaps the beginning of what was about to be written.
func (w *world) kill(torn int) {
	synctest.Wait()
	p := w.process
	if w.script.Replicas > 1 {
		w.die(p, w.dir, time.Now())
		return
	}
	next := filepath.Join(filepath.Dir(w.dir), "disk"+strconv.Itoa(w.starts))
	if err := snapshot(w.dir, next, torn); err != nil {
		w.breaks(0, "the world cannot copy the disk: %v", err)
	}
	w.die(p, next, time.Now())
}

// die lets a process end whose disk has been copied.
func (w *world) die(p *process, next string, at time.Time) {
	p.dead.Store(true)
	from := at
	if w.isFull() {
		from = w.fullSince
	}
	w.model.kept(from)
	w.model.unsure(from)
	p.cancel()
	<-p.ended
	w.processes[p.replica] = nil
	if next != w.dir {
		disks.Delete(w.dir)
		_ = os.RemoveAll(w.dir)
		w.dir = next
	}
}

// reload has the exporter read its configuration again.
func (w *world) reload() {
	w.writeConfig()
	for _, p := range w.processes {
		w.process = p
		w.reloadOne(p)
	}
}

func (w *world) reloadOne(p *process) {
	w.model.underWay(p)
	if status, body := w.ask(http.MethodPost, "/-/reload"); status != http.StatusOK {
		w.breaks(8, "a reload fails: %d %s; %s", status, strings.TrimSpace(body), p.lastLines())
	}
}

// underWay says that what a process has asked for may not be taken in.
func (m *model) underWay(p *process) { p.reloads.Add(1) }

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

// code is the errcode of an answer.
func code(body []byte) int {
	var e struct {
		Code int `json:"errcode"`
	}
	_ = json.Unmarshal(body, &e)
	return e.Code
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

// wrong has the exporter read a configuration with an error.
func (w *world) wrong() {
	text := w.config() + "accounts: []\nnonsense: true\n"
	if err := os.WriteFile(w.configFile(), []byte(text), 0o600); err != nil {
		w.breaks(0, "the world cannot write the configuration: %v", err)
	}
	if status, body := w.ask(http.MethodPost, "/-/reload"); status != http.StatusInternalServerError {
		w.breaks(5, "a reload of nonsense answers %d: %s", status, body)
	}
	w.reload()
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
})

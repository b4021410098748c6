package poll

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/exposition"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// The accounts of most tests: brand still has the old article family, shop has
// only what replaced it.
var (
	brand = wxtest.Account{Name: "brand", AppID: "wx00000000000000a1", Secret: "0123456789abcdef-secret-of-brand", OldArticles: true, Followers: 1000, Articles: 1}
	shop  = wxtest.Account{Name: "shop", AppID: "wx00000000000000a2", Secret: "0123456789abcdef-secret-of-shop", Followers: 800, Articles: 1}
)

// setup is what a simulation begins with; the zero value of a field is what
// the configuration has by default, but for a smaller window.
type setup struct {
	at       string // Beijing time
	accounts []wxtest.Account
	families []string
	window   plan.Window
	schedule plan.Schedule
	backfill plan.Backfill
	wechat   wxtest.Options
	store    Store
	zone     *time.Location // of the host
	rps      float64
	mayCall  func() bool // as that of Options
	mistyped bool        // the accounts are configured as Official Accounts, whatever they are
	served   bool        // scrapes go through the pages, not to the collectors
}

// world is an exporter and a simulated WeChat in a synctest bubble, where time
// passes when everybody waits.
type world struct {
	*testing.T
	setup
	wechat  *wxtest.WeChat
	pages   *exposition.Cache
	running []*Account           // in the order of accounts
	sources prometheus.Gatherers // what the pages are made of
	log     *harness.Logs
	ahead   atomic.Int64 // nanoseconds by which the exporter's clock is wrong
	stop    func()       // ends the exporter
}

// simulate runs f beside an exporter that has not been started yet.
func simulate(t *testing.T, s setup, f func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, setup: s.filled(), log: &harness.Logs{}}
		w.until(s.at)
		options := w.setup.wechat
		options.Accounts = w.accounts
		w.wechat = wxtest.New(options)
		f(w)
		if w.stop != nil {
			w.stop()
		}
		w.hidesSecrets(w.log.String())
	})
}

func (s setup) filled() setup {
	if s.accounts == nil {
		s.accounts = []wxtest.Account{brand}
	}
	if s.families == nil {
		s.families = familyNames()
	}
	if s.window == (plan.Window{}) {
		s.window = plan.Window{Daily: 8, Hourly: 2, Article: 3}
	}
	if s.schedule == (plan.Schedule{}) {
		s.schedule = plan.Schedule{NotBefore: 8 * time.Hour, RetryInterval: 30 * time.Minute, SettleDays: 3, Spread: 4 * time.Minute}
	}
	if s.store == nil {
		s.store = harness.NewMemory()
	}
	return s
}

func familyNames() (names []string) {
	for _, f := range collector.Families() {
		if f.For(collector.Official) && !f.Off {
			names = append(names, f.Name)
		}
	}
	return names
}

// apisOf returns the names of the APIs of families.
func apisOf(families ...string) (names []string) {
	for _, api := range familyAPIs(families) {
		names = append(names, api.Name)
	}
	return names
}

// dailyAPIs returns those of them that are asked on every day, whether or not a
// week or month has ended.
func dailyAPIs(families ...string) (names []string) {
	for _, api := range familyAPIs(families) {
		if api.Period == calendar.Daily {
			names = append(names, api.Name)
		}
	}
	return names
}

func familyAPIs(families []string) (apis []collector.API) {
	for _, f := range collector.Families() {
		if slices.Contains(families, f.Name) {
			apis = append(apis, f.APIs...)
		}
	}
	return apis
}

// now is the exporter's clock.
func (w *world) now() time.Time {
	now := time.Now().Add(time.Duration(w.ahead.Load()))
	if w.zone != nil {
		now = now.In(w.zone)
	}
	return now
}

// start starts an exporter on the world's store, as the program does.
func (w *world) start() {
	logger := log.NewLogfmtLogger(w.log)
	w.pages = exposition.New(exposition.Options{Logger: logger})
	o := Options{Families: collector.Families(), Store: w.store, Pages: w.pages, Durations: NewDurations(), Logger: logger, Now: w.now, MayCall: w.mayCall}
	w.running, w.sources = nil, nil
	for _, one := range w.accounts {
		a := New(o, w.options(one), NewCounters())
		a.Restore()
		families := a.Gatherers(nil)
		w.pages.Set(a.Name, families)
		w.sources = slices.AppendSeq(w.sources, maps.Values(families))
		w.running = append(w.running, a)
	}
	ctx, cancel := context.WithCancel(w.Context())
	var parts sync.WaitGroup
	if w.served {
		parts.Go(func() { w.pages.Run(ctx) })
	}
	for _, a := range w.running {
		a.Start(ctx)
	}
	w.stop = func() {
		cancel()
		for _, a := range w.running {
			a.Stop()
		}
		parts.Wait()
		w.stop = nil
	}
	synctest.Wait()
}

// options configures an account of the simulated WeChat.
func (w *world) options(a wxtest.Account) AccountOptions {
	if w.mistyped {
		a.Type = ""
	}
	endpoint := wxclient.Endpoint{URL: "https://api.weixin.qq.com", Transport: w.wechat.Transport(), Now: w.now}
	return AccountOptions{
		Name: a.Name, Type: collector.AccountType(a.Type), ID: a.AppID, Families: w.families, Settings: plan.Settings{Window: w.window, Schedule: w.schedule, Backfill: w.backfill},
		Client: wxclient.Options{
			URL: endpoint.URL, Transport: endpoint.Transport, Now: w.now, RequestsPerSecond: w.rps,
			Tokens: wxclient.StableToken{Endpoint: endpoint, AppID: a.AppID, Secret: func() (string, error) { return a.Secret, nil }},
		},
	}
}

// until lets time pass until a Beijing time, and everything that it brings
// about happen.
func (w *world) until(at string) {
	w.Helper()
	w.pass(time.Until(calendartest.At(w, at)))
}

func (w *world) pass(d time.Duration) {
	w.Helper()
	if d < 0 {
		w.Fatalf("time does not run back by %v", -d)
	}
	time.Sleep(d)
	synctest.Wait()
}

// every calls f every step until a Beijing time.
func (w *world) every(step time.Duration, until string, f func()) {
	w.Helper()
	for end := calendartest.At(w, until); time.Now().Before(end); {
		w.pass(min(step, time.Until(end)))
		f()
	}
}

// fault makes WeChat misbehave until the function that it returns is called.
func (w *world) fault(api string, b wxtest.Behaviour) (remove func()) {
	return w.wechat.Fault(wxtest.Match{API: api}, b)
}

// page is what a scrape gets.
func (w *world) page() string {
	w.Helper()
	text := w.gathered
	if w.served {
		text = w.scraped
	}
	page := text()
	w.hidesSecrets(page)
	return page
}

func (w *world) scraped() string {
	w.Helper()
	if err := w.pages.Sync(w.Context()); err != nil {
		w.Fatal(err)
	}
	answer := httptest.NewRecorder()
	w.pages.Metrics().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		w.Fatalf("a scrape gets %d: %s", answer.Code, answer.Body)
	}
	return answer.Body.String()
}

func (w *world) gathered() string {
	w.Helper()
	return harness.Exposed(w, w.sources)
}

func (w *world) scrape() harness.Series {
	w.Helper()
	return harness.Samples(w, w.page())
}

// state returns the state of an API of the first account, as the page has it.
func stateOf(s harness.Series, api string) string {
	for name, v := range s.With("wx_api_state{", `api="`+api+`"`) {
		if v == "1" {
			_, after, _ := strings.Cut(name, `state="`)
			return strings.TrimSuffix(after, `"}`)
		}
	}
	return ""
}

// want checks samples, given as a series and its value; the value "" stands
// for none.
func (w *world) want(what string, pairs ...string) {
	w.Helper()
	got := w.scrape()
	for i := 0; i < len(pairs); i += 2 {
		if got[pairs[i]] != pairs[i+1] {
			w.Errorf("%s, %s: %s is %q, want %q", clock(), what, pairs[i], got[pairs[i]], pairs[i+1])
		}
	}
}

// wantState checks the state of APIs.
func (w *world) wantState(what, state string, apis ...string) {
	w.Helper()
	got := w.scrape()
	for _, api := range apis {
		if s := stateOf(got, api); s != state {
			w.Errorf("%s, %s: %s is %q, want %q", clock(), what, api, s, state)
		}
	}
}

// clock is the time for messages.
func clock() string { return time.Now().In(calendar.Beijing).Format("01-02 15:04:05") }

func (w *world) hidesSecrets(text string) {
	w.Helper()
	secrets := []string{wxtest.TokenPrefix, "access_token="}
	for _, a := range w.accounts {
		secrets = append(secrets, a.Secret)
	}
	for line := range strings.Lines(text) {
		for _, s := range secrets {
			if strings.Contains(line, s) {
				w.Errorf("a secret shows: %s", line)
			}
		}
	}
}

// callsSince returns the calls of an API that reached WeChat from a time on.
func (w *world) callsSince(api string, from time.Time) []wxtest.Call {
	calls := w.wechat.Calls()
	return slices.DeleteFunc(calls, func(c wxtest.Call) bool { return c.API != api || c.Time.Before(from) })
}

// apiNamed finds an API.
func apiNamed(t testing.TB, name string) collector.API {
	t.Helper()
	for _, api := range familyAPIs(familyNames()) {
		if api.Name == name {
			return api
		}
	}
	t.Fatalf("there is no API %s", name)
	return collector.API{}
}

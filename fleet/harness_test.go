package fleet

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/exposition"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/wxclient"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

var (
	brand = wxtest.Account{Name: "brand", AppID: "wx00000000000000a1", Secret: "0123456789abcdef-secret-of-brand", Followers: 1000, Articles: 1}
	shop  = wxtest.Account{Name: "shop", AppID: "wx00000000000000a2", Secret: "0123456789abcdef-secret-of-shop", Followers: 800, Articles: 1}
)

// world is accounts, whose family user is polled, a simulated WeChat and a store, in a
// synctest bubble, where time passes when everybody waits.
type world struct {
	*testing.T
	accounts []wxtest.Account
	wechat   *wxtest.WeChat
	store    *harness.Memory
	log      *harness.Logs
	ahead    atomic.Int64 // nanoseconds by which the exporter's clock is wrong
}

// now is the exporter's clock.
func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// simulate runs f at a Beijing time.
func simulate(t *testing.T, at string, accounts []wxtest.Account, f func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(calendartest.At(t, at)))
		f(&world{T: t, accounts: accounts, wechat: wxtest.New(wxtest.Options{Accounts: accounts}), store: harness.NewMemory(), log: &harness.Logs{}})
	})
}

// options configures an account of the simulated WeChat.
func (w *world) options(a wxtest.Account) poll.AccountOptions {
	endpoint := wxclient.Endpoint{URL: "https://api.weixin.qq.com", Transport: w.wechat.Transport(), Now: time.Now}
	return poll.AccountOptions{
		Name: a.Name, ID: a.AppID, Families: []string{"user"},
		Settings: plan.Settings{
			Window:   plan.Window{Daily: 8, Hourly: 2, Article: 3},
			Schedule: plan.Schedule{NotBefore: 8 * time.Hour, RetryInterval: 30 * time.Minute, SettleDays: 3, Spread: 4 * time.Minute},
		},
		Client: wxclient.Options{
			URL: endpoint.URL, Transport: endpoint.Transport, Now: time.Now,
			Tokens: wxclient.StableToken{Endpoint: endpoint, AppID: a.AppID, Secret: func() (string, error) { return a.Secret, nil }},
		},
	}
}

// fleet makes a Fleet without accounts and without replicas.
func (w *world) fleet(store poll.Store, pages poll.Pages) *Fleet {
	return New(Options{Options: poll.Options{
		Families: collector.Families(), Store: store, Pages: pages, Durations: poll.NewDurations(), Logger: log.NewLogfmtLogger(w.log), Now: w.now,
	}})
}

// run runs something until the function that it returns is called.
func (w *world) run(parts ...func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(w.Context())
	var running sync.WaitGroup
	for _, part := range parts {
		running.Go(func() { part(ctx) })
	}
	synctest.Wait()
	return func() {
		cancel()
		running.Wait()
	}
}

// until lets time pass until a Beijing time, and everything that it brings about happen.
func (w *world) until(at string) {
	w.Helper()
	w.pass(time.Until(calendartest.At(w, at)))
}

func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// scrape returns what is on the pages.
func (w *world) scrape(pages *exposition.Cache) map[string]string {
	w.Helper()
	if err := pages.Sync(w.Context()); err != nil {
		w.Fatal(err)
	}
	answer := httptest.NewRecorder()
	pages.Metrics().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return harness.Samples(w, answer.Body.String())
}

// clock is the time for messages.
func clock() string { return time.Now().In(calendar.Beijing).Format("01-02 15:04:05") }

// total sums up what the counters of brand have counted.
func total(samples map[string]string) (all float64) {
	for _, v := range harness.Counted(samples, brand.Name) {
		all += v
	}
	return all
}

// with counts the series whose text holds a part.
func with(samples map[string]string, part string) (n int) {
	for name := range samples {
		if strings.Contains(name, part) {
			n++
		}
	}
	return n
}

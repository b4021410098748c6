package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/config"
	"github.com/wxexporter/wx_exporter/exposition"
	"github.com/wxexporter/wx_exporter/fleet"
	"github.com/wxexporter/wx_exporter/history"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/store"
)

// slowWeChat answers no request and lets go of one only a second after the
// client has given it up. It counts the requests of each app id that go on at
// the same time.
type slowWeChat struct {
	mu   sync.Mutex
	now  map[string]int
	most map[string]int
}

func (w *slowWeChat) add(id string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now[id] += n
	w.most[id] = max(w.most[id], w.now[id])
}

func (w *slowWeChat) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(string(body), `"appid":"`)
	id, _, _ := strings.Cut(rest, `"`)
	w.add(id, 1)
	defer w.add(id, -1)
	<-r.Context().Done()
	<-time.After(time.Second)
	return nil, r.Context().Err()
}

// TestReloadUnderAnotherName: an account that a reload gives another name is
// never polled under both.
func TestReloadUnderAnotherName(t *testing.T) {
	for name, after := range map[string]map[string]string{
		"renamed": {"later": "wx1", "store": "wx2"},
		"swapped": {"brand": "wx2", "store": "wx1"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				<-time.After(time.Until(time.Date(2026, 11, 21, 12, 0, 0, 0, calendar.Beijing)))
				kept, err := store.Open(t.Context(), store.Options{Path: dir, Now: time.Now})
				if err != nil {
					t.Fatal(err)
				}
				defer kept.Close()
				families := map[string]*bool{}
				for _, f := range collector.Families() {
					families[f.Name] = new(f.Name == "user")
				}
				wechat := &slowWeChat{now: map[string]int{}, most: map[string]int{}}
				logger := log.NewNopLogger()
				own := newProcessMetrics(kept)
				r := &reloader{
					setup:   setup{flags: flags{collectors: families}, now: time.Now, transport: wechat},
					fleet:   fleet.New(fleet.Options{Options: poll.Options{Families: collector.Families(), Store: kept, Pages: exposition.New(exposition.Options{Logger: logger}), Durations: own.durations, Logger: logger, Now: time.Now}}),
					sender:  history.NewSender(history.SenderOptions{}),
					metrics: own, logger: logger,
				}
				use := func(apps map[string]string) {
					cfg := config.Default()
					cfg.API.Timeout = time.Hour
					for name, id := range apps {
						cfg.Accounts = append(cfg.Accounts, config.Account{Name: name, AppID: id, AppSecret: "s"})
					}
					r.load = func() (*config.Config, error) { return &cfg, nil }
					if err := r.reload(); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
				}
				use(map[string]string{"brand": "wx1", "store": "wx2"})
				ctx, cancel := context.WithCancel(t.Context())
				var polling sync.WaitGroup
				polling.Go(func() { r.fleet.Run(ctx) })
				defer polling.Wait()
				defer cancel()
				synctest.Wait()
				before := fmt.Sprint(wechat.now)
				use(after)
				if got := fmt.Sprint(wechat.most); before != "map[wx1:1 wx2:1]" || got != before {
					t.Errorf("requests at a time: %s, and across the reload %s; want one of each account", before, got)
				}
			})
		})
	}
}

// TestReloadLeavesReceiversAlone: a reload that changes neither accounts nor receivers
// does not ask a receiver that is away before its time; one that does sends to it anew.
func TestReloadLeavesReceiversAlone(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		kept, err := store.Open(t.Context(), store.Options{Path: dir, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer kept.Close()
		kept.Put("wx1", "getusercumulate", store.Day{Date: "2026-11-20", Rows: []byte(`[{"ref_date":"2026-11-20","cumulate_user":1}]`), Fetched: time.Now()})
		asked := 0
		away := transport(func(*http.Request) (*http.Response, error) {
			asked++
			return &http.Response{StatusCode: 503, Header: http.Header{"Retry-After": {"1800"}}, Body: http.NoBody}, nil
		})
		logger := log.NewNopLogger()
		own := newProcessMetrics(kept)
		families := map[string]*bool{}
		for _, f := range collector.Families() {
			families[f.Name] = new(bool)
		}
		r := &reloader{
			setup:  setup{flags: flags{collectors: families}, now: time.Now, transport: away, elsewhere: away},
			fleet:  fleet.New(fleet.Options{Options: poll.Options{Families: collector.Families(), Store: kept, Pages: exposition.New(exposition.Options{Logger: logger}), Durations: own.durations, Logger: logger, Now: time.Now}}),
			sender: history.NewSender(history.SenderOptions{Families: collector.Families(), Store: kept, Logger: logger, Now: time.Now}),

			metrics: own, logger: logger,
		}
		ctx, cancel := context.WithCancel(t.Context())
		var sending sync.WaitGroup
		sending.Go(func() { r.sender.Run(ctx) })
		defer sending.Wait()
		defer cancel()
		cfg := config.Default()
		cfg.Remote = []config.Remote{{Name: "r", URL: "http://receiver.test/write"}}
		cfg.Accounts = []config.Account{{Name: "brand", AppID: "wx1", AppSecret: "s"}}
		r.load = func() (*config.Config, error) { return new(cfg), nil }
		for _, step := range []struct {
			change func()
			asked  int
		}{
			{func() {}, 1},
			{func() {}, 1},
			{func() { cfg.Poll.SettleDays = 7 }, 1},
			{func() { cfg.Window.ArticlesPerDay = 7 }, 2},
			{func() { cfg.Remote = []config.Remote{{Name: "r", URL: "http://receiver.test/other"}} }, 3},
		} {
			step.change()
			if err := r.reload(); err != nil {
				t.Fatal(err)
			}
			<-time.After(time.Minute)
			if synctest.Wait(); asked != step.asked {
				t.Errorf("%d requests, want %d", asked, step.asked)
			}
		}
	})
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

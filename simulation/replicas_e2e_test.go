//go:build e2e && !race

// The race detector of Go 1.26 fails checks of its own in a long synctest with
// many goroutines (golang/go#78156), so these simulations run without it.

package simulation

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/fleet"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// database is what replicas share: where they meet, and the accounts' days.
type database struct {
	*meeting
	*harness.Memory
	away       atomic.Bool
	statements atomic.Int64
	answered   atomic.Int64 // bytes of WeChat's answers
	written    atomic.Int64 // bytes of days and states
	read       atomic.Int64 // the same, by all replicas
}

// ask counts statements, which fail while the database is away.
func (d *database) ask(n int) error {
	d.statements.Add(int64(n))
	if d.away.Load() {
		return errAway
	}
	return nil
}

// connection is a replica's way to the database. It is the replica's Peers, its
// Store and its Pages, which read from the store what is said to have changed.
type connection struct {
	*seat
	*database
	families []collector.Family
	dead     atomic.Bool
}

func (c *connection) Clock(ctx context.Context) (time.Time, error) {
	_ = c.database.ask(1)
	return c.seat.Clock(ctx)
}

func (c *connection) Beat(ctx context.Context) ([]string, error) {
	_ = c.database.ask(1)
	return c.seat.Beat(ctx)
}

func (c *connection) Acquire(ctx context.Context, accounts []string) ([]string, error) {
	_ = c.database.ask(1)
	return c.seat.Acquire(ctx, accounts)
}

func (c *connection) Release(ctx context.Context, accounts []string) error {
	_ = c.database.ask(1)
	return c.seat.Release(ctx, accounts)
}

func (c *connection) Holders(ctx context.Context) (map[string]string, error) {
	_ = c.database.ask(1)
	return c.seat.Holders(ctx)
}

func (c *connection) Listen(ctx context.Context, began func(), changed func(account, api string)) error {
	_ = c.database.ask(1)
	return c.seat.Listen(ctx, began, changed)
}

func (c *connection) Look(ctx context.Context, changed func(account, api string)) error {
	_ = c.database.ask(1)
	return c.seat.Look(ctx, changed)
}

// wrote tells the other replicas, and counts the statements of a transaction of
// so many lines.
func (c *connection) wrote(account, api string, lines int) {
	_ = c.database.ask(4 + lines) // a look at the connection, begin, the lines, the telling, commit
	c.tell(account, api)
}

func (c *connection) Put(account, api string, days ...store.Day) {
	if !c.dead.Load() {
		for _, d := range days {
			c.written.Add(int64(len(d.Rows)))
		}
		c.Memory.Put(account, api, days...)
		c.wrote(account, api, len(days))
	}
}

func (c *connection) PutState(account, name string, value []byte) {
	if !c.dead.Load() {
		c.written.Add(int64(len(value)))
		c.Memory.PutState(account, name, value)
		c.wrote(account, "", 1)
	}
}

func (c *connection) Days(account, api, from, to string) ([]store.Day, error) {
	if err := c.database.ask(1); err != nil {
		return nil, err
	}
	return c.Memory.Days(account, api, from, to)
}

func (c *connection) Known(account, api, from, to string) ([]store.DayInfo, error) {
	if err := c.database.ask(1); err != nil {
		return nil, err
	}
	return c.Memory.Known(account, api, from, to)
}

func (c *connection) State(account, name string) ([]byte, error) {
	if err := c.database.ask(1); err != nil {
		return nil, err
	}
	return c.Memory.State(account, name)
}

func (c *connection) Set(string, map[string]prometheus.Gatherer) {}
func (c *connection) Remove(string)                              {}

func (c *connection) Changed(account string, families ...string) {
	for _, f := range c.families {
		if !slices.Contains(families, f.Name) {
			continue
		}
		_ = c.database.ask(len(f.APIs))
		for _, api := range f.APIs {
			days, _ := c.Memory.Days(idOf(account), api.Name, "", "9")
			for _, d := range days[max(0, len(days)-30):] { // the window
				c.read.Add(int64(len(d.Rows)))
			}
		}
	}
	_ = c.database.ask(1) // the number of the account's days
}

// replica is a running exporter.
type replica struct {
	*connection
	fleet *fleet.Fleet
	end   func()
}

// kill ends it as kill -9 does: nothing that it does counts from then on.
func (r *replica) kill() {
	r.dead.Store(true)
	r.end()
}

// cluster is a simulated WeChat, a database and the replicas.
type cluster struct {
	*testing.T
	*database
	wechat   *wxtest.WeChat
	accounts []wxtest.Account
	families []string
	log      *harness.Logs
	running  map[string]*replica
	calls    map[string]int // by replica
}

// simulateReplicas runs f beside replicas a to e. Every request to WeChat is
// checked to come from the replica that has the account's lease.
func simulateReplicas(t *testing.T, accounts int, families []string, at string, f func(*cluster)) {
	synctest.Test(t, func(t *testing.T) {
		c := &cluster{T: t, database: &database{meeting: newMeeting(), Memory: harness.NewMemory()}, families: families, log: &harness.Logs{}, running: map[string]*replica{}, calls: map[string]int{}}
		for i := range accounts {
			c.accounts = append(c.accounts, wxtest.Account{
				Name: fmt.Sprintf("account%05d", i), AppID: fmt.Sprintf("wx%016d", i), Secret: fmt.Sprintf("%032d", i), Followers: 1000, Articles: 1,
			})
		}
		time.Sleep(time.Until(calendartest.At(t, at)))
		c.wechat = wxtest.New(wxtest.Options{Accounts: c.accounts, CallLog: 1_000_000})
		c.wechat.Fault(wxtest.Match{}, wxtest.Wait(300*time.Millisecond))
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			c.start(name)
		}
		f(c)
		for _, r := range c.running {
			r.end()
		}
	})
}

// idOf is the app id of an account by its name.
func idOf(name string) string { return strings.Replace(name, "account", "wx00000000000", 1) }

// start starts a replica.
func (c *cluster) start(name string) {
	all := collector.Families()
	conn := &connection{database: c.database, families: all}
	conn.seat = c.seat(name, fleet.LeaseTime, func() bool { return c.away.Load() || conn.dead.Load() })
	logger := log.With(log.NewLogfmtLogger(c.log), "replica", name)
	exporter := fleet.New(fleet.Options{Peers: conn, Replica: name, Options: poll.Options{
		Families: all, Store: conn, Pages: conn, Durations: poll.NewDurations(), Logger: logger, Now: time.Now,
	}})
	var accounts []poll.AccountOptions
	for _, a := range c.accounts {
		accounts = append(accounts, c.options(a, conn))
	}
	exporter.Set(accounts...)
	ctx, cancel := context.WithCancel(c.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		exporter.Run(ctx)
	}()
	c.running[name] = &replica{conn, exporter, func() { cancel(); <-done }}
}

func (c *cluster) options(a wxtest.Account, conn *connection) poll.AccountOptions {
	through := transport(func(r *http.Request) (*http.Response, error) {
		if holder := c.holder(a.AppID); holder != conn.name && !conn.dead.Load() {
			c.Errorf("%s: %s calls %s for %s, which %q polls", stamp(time.Now()), conn.name, r.URL.Path, a.Name, holder)
		}
		c.mu.Lock()
		c.calls[conn.name]++
		c.mu.Unlock()
		answer, err := c.wechat.Transport().RoundTrip(r)
		if err == nil {
			answer.Body = counted{answer.Body, &c.answered}
		}
		return answer, err
	})
	endpoint := wxclient.Endpoint{URL: "https://api.weixin.qq.com", Transport: through, Now: time.Now}
	return poll.AccountOptions{
		Name: a.Name, ID: a.AppID, Families: c.families, Settings: plan.Settings{
			Window:   plan.Window{Daily: 30, Hourly: 2, Article: 7},
			Schedule: plan.Schedule{NotBefore: 8 * time.Hour, RetryInterval: 30 * time.Minute, SettleDays: 3, Spread: 10 * time.Minute},
		},
		Client: wxclient.Options{
			URL: endpoint.URL, Transport: through, Now: time.Now, RequestsPerSecond: 5,
			Tokens: wxclient.StableToken{Endpoint: endpoint, AppID: a.AppID, Secret: func() (string, error) { return a.Secret, nil }},
		},
	}
}

// counted counts what is read.
type counted struct {
	io.ReadCloser
	n *atomic.Int64
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	c.n.Add(int64(n))
	return n, err
}

// callsByReplica returns the calls since it was last called.
func (c *cluster) callsByReplica() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls := c.calls
	c.calls = map[string]int{}
	return calls
}

// traffic returns the bytes of answers, written and read since it was last called.
func (c *cluster) traffic() [3]int64 {
	return [3]int64{c.answered.Swap(0), c.written.Swap(0), c.read.Swap(0)}
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// until lets time pass, and returns the statements of a second on average.
func (c *cluster) until(at string) (average float64) {
	c.Helper()
	before, begin := c.statements.Load(), time.Now()
	time.Sleep(time.Until(calendartest.At(c, at)))
	synctest.Wait()
	return float64(c.statements.Load()-before) / time.Since(begin).Seconds()
}

// wantShared checks that every account is polled, by the replica of which all
// say so, and that no replica has far more than its share.
func (c *cluster) wantShared(what string) {
	c.Helper()
	synctest.Wait()
	shares := map[string]int{}
	for _, a := range c.accounts {
		shares[c.holder(a.AppID)]++
	}
	fair := len(c.accounts) / len(c.running)
	off := 4 * int(math.Sqrt(float64(fair))) // four standard deviations
	for name, r := range c.running {
		if n := shares[name]; n < fair-off || n > fair+off {
			c.Errorf("%s: %s polls %d accounts, want about %d", what, name, n, fair)
		}
		if n := r.fleet.Alive(); n != len(c.running) {
			c.Errorf("%s: %s knows of %d replicas, want %d", what, name, n, len(c.running))
		}
		for _, s := range r.fleet.Status() {
			polls := r.fleet.Polls(idOf(s.Account))
			if !s.Shared || s.Replica != c.holder(idOf(s.Account)) || polls != (s.Replica == name) {
				c.Errorf("%s: %s says that %q polls %s, and polls it: %v", what, name, s.Replica, s.Account, polls)
				return
			}
		}
	}
	if shares[""] > 0 {
		c.Errorf("%s: nobody polls %d accounts", what, shares[""])
	}
}

// kill kills a replica and starts it again some minutes later.
func (c *cluster) kill(name, at, back string) {
	c.Helper()
	c.until(at)
	c.running[name].kill()
	delete(c.running, name)
	time.Sleep(50 * time.Second)
	c.wantShared("after the end of " + name)
	c.until(back)
	c.start(name)
	time.Sleep(40 * time.Second) // two renewals of its own, and one of those that tell of it
	c.wantShared("with " + name + " back")
}

// TestReplicasForADay: five replicas, two of which are killed, and a database
// that is away for two minutes, all in the morning when most is asked for. The
// call log has every request once but for those that were in flight.
func TestReplicasForADay(t *testing.T) {
	simulateReplicas(t, 100, collector.Names(collector.Families()), "2026-11-19 12:00", func(c *cluster) {
		c.until("2026-11-20 00:00")
		filled := c.wechat.Count("", wxtest.Statistics)
		c.wechat.ResetCalls()
		c.callsByReplica()
		bytes := c.traffic()
		t.Logf("the first fill: %d kB of answers, %d kB written, %d kB read", bytes[0]>>10, bytes[1]>>10, bytes[2]>>10)
		quiet := c.until("2026-11-20 08:00")
		before := c.statements.Load()
		killed := []time.Time{calendartest.At(t, "2026-11-20 08:03"), calendartest.At(t, "2026-11-20 08:08")}
		c.kill("b", "2026-11-20 08:03", "2026-11-20 08:05")
		c.until("2026-11-20 08:06")
		c.away.Store(true)
		c.until("2026-11-20 08:08")
		for name, r := range c.running {
			for _, s := range r.fleet.Status() {
				if r.fleet.Polls(idOf(s.Account)) || s.Replica != "" {
					t.Fatalf("%s polls %s, or says that %q does, although no lease is left", name, s.Account, s.Replica)
				}
			}
		}
		c.away.Store(false)
		c.kill("d", "2026-11-20 08:08", "2026-11-20 08:15")
		c.until("2026-11-20 08:20")
		morning := float64(c.statements.Load()-before) / (20 * 60)
		c.until("2026-11-20 23:59")
		again, calls := c.repeated(killed), c.wechat.Count("", wxtest.Statistics)
		bytes = c.traffic()
		t.Logf("the day: %d kB of answers, %d kB written, %d kB read", bytes[0]>>10, bytes[1]>>10, bytes[2]>>10)
		c.until("2026-11-21 08:00")
		usual := c.until("2026-11-21 08:20")
		t.Logf("%d accounts: %d calls of the first fill, %d of the day, %d of them again; by replica, tokens included: %v; statements a second: %.1f in the night, %.1f from 8:00 to 8:20, %.1f the day after",
			len(c.accounts), filled, calls, again, c.callsByReplica(), quiet, morning, usual)
		yesterday := calendar.DayOf(time.Now()) - 1
		for _, a := range c.accounts {
			if got, _ := c.Known(a.AppID, "getusersummary", yesterday.String(), yesterday.String()); len(got) == 0 || !got[0].HasRows {
				t.Errorf("%s lacks %s", a.Name, yesterday)
			}
		}
		if lines := c.log.Lines("level=error"); len(lines) > 0 && !strings.Contains(lines[0], errAway.Error()) {
			t.Error(lines[0])
		}
	})
}

// repeated counts requests that were made again sooner than anything is asked for
// again, and tells of those that were not in flight when a replica was killed.
func (c *cluster) repeated(killed []time.Time) (n int) {
	type request struct{ appID, api, begin, end string }
	last := map[request]time.Time{}
	for _, call := range c.wechat.Calls() {
		if call.Begin == "" {
			continue
		}
		k := request{call.AppID, call.API, call.Begin, call.End}
		at, again := last[k]
		last[k] = call.Time
		if !again || call.Time.Sub(at) > 20*time.Minute {
			continue
		}
		n++
		if !slices.ContainsFunc(killed, func(e time.Time) bool { return at.Before(e) && at.After(e.Add(-time.Second)) }) {
			c.Errorf("%v was asked at %s and again at %s", k, at.In(calendar.Beijing), call.Time.In(calendar.Beijing))
		}
	}
	return n
}

// TestManyLeases: thousands of accounts stay with who polls them, but for those
// of a replica that ends or comes back. What polling asks is left out.
func TestManyLeases(t *testing.T) {
	simulateReplicas(t, 10_000, nil, "2026-11-20 12:00", func(c *cluster) {
		c.until("2026-11-20 12:02")
		c.wantShared("at first")
		before := c.holders()
		quiet := c.until("2026-11-20 12:04")
		c.running["b"].kill()
		delete(c.running, "b")
		c.until("2026-11-20 12:05")
		c.wantShared("without b")
		for a, holder := range c.holders() {
			if was := before[a]; was != holder && was != "b" {
				t.Fatalf("%s went from %s to %s when b ended", a, was, holder)
			}
		}
		c.start("b")
		c.until("2026-11-20 12:06")
		c.wantShared("with b again")
		for a, holder := range c.holders() {
			if before[a] != holder {
				t.Fatalf("%s was polled by %s and is by %s after b came back", a, before[a], holder)
			}
		}
		c.away.Store(true)
		c.until("2026-11-20 12:08")
		c.away.Store(false)
		c.until("2026-11-20 12:09")
		c.wantShared("after the database was away")
		t.Logf("%.2f statements a second and replica", quiet/5)
		if quiet/5 > 2 {
			t.Errorf("%.1f statements a second and replica, want at most 2", quiet/5)
		}
	})
}

func (c *cluster) holders() map[string]string {
	all := map[string]string{}
	for _, a := range c.accounts {
		all[a.AppID] = c.holder(a.AppID)
	}
	return all
}

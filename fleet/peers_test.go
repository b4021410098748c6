package fleet

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/exposition"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// meeting is where a few replicas meet, with the right time. What one stores the
// others are not told: they find it by a look.
type meeting struct {
	mu     sync.Mutex
	away   error
	alive  map[string]bool
	leases map[string]string      // replica by account
	given  []int                  // how many leases each Release gave back, but for the last one
	news   map[string][][2]string // account and API of what a replica's next look finds
}

func newMeeting() *meeting { return &meeting{alive: map[string]bool{}, leases: map[string]string{}} }

// seat is a replica's way to the meeting.
type seat struct {
	*meeting
	name string
}

func (s seat) Clock(context.Context) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now(), s.away
}

func (s seat) Beat(context.Context) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil {
		return nil, s.away
	}
	s.alive[s.name] = true
	return slices.Sorted(maps.Keys(s.alive)), nil
}

func (s seat) Acquire(_ context.Context, accounts []string) (held []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range accounts {
		if s.leases[a] == "" || s.leases[a] == s.name {
			s.leases[a] = s.name
			held = append(held, a)
		}
	}
	return held, s.away
}

func (s seat) Release(_ context.Context, accounts []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if accounts == nil {
		delete(s.alive, s.name)
		maps.DeleteFunc(s.leases, func(_, by string) bool { return by == s.name })
		return s.away
	}
	s.given = append(s.given, len(accounts))
	for _, a := range accounts {
		delete(s.leases, a)
	}
	return s.away
}

func (s seat) Holders(context.Context) (map[string]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.leases), s.away
}

func (s seat) Listen(ctx context.Context, began func(), _ func(account, api string)) error {
	began()
	<-ctx.Done()
	return ctx.Err()
}

func (s seat) Look(_ context.Context, changed func(account, api string)) error {
	s.mu.Lock()
	found := s.news[s.name]
	delete(s.news, s.name)
	s.mu.Unlock()
	for _, one := range found {
		changed(one[0], one[1])
	}
	return nil
}

// sharing is a replica that runs.
type sharing struct {
	*Fleet
	ahead *atomic.Int64 // of its clock
	log   *harness.Logs
	end   func()
}

// join starts a replica of all accounts, until it is ended or the test is.
func (w *world) join(m *meeting, name string, ahead time.Duration) *sharing {
	return w.joinWith(m, name, ahead, exposition.New(exposition.Options{}))
}

func (w *world) joinWith(m *meeting, name string, ahead time.Duration, pages poll.Pages) *sharing {
	s := &sharing{ahead: new(atomic.Int64), log: &harness.Logs{}}
	s.ahead.Store(int64(ahead))
	now := func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }
	s.Fleet = New(Options{Peers: seat{m, name}, Replica: name, Options: poll.Options{
		Families: collector.Families(), Store: w.store, Pages: pages,
		Durations: poll.NewDurations(), Logger: log.NewLogfmtLogger(s.log), Now: now,
	}})
	for _, a := range w.accounts {
		o := w.options(a)
		o.Client.Now = now
		s.Set(o)
	}
	s.end = w.run(s.Run)
	return s
}

// shown returns wx_account_lease by account.
func (s *sharing) shown(t testing.TB) map[string]string {
	values := map[string]string{}
	for _, a := range s.all() {
		families, err := a.Gatherers(s.lease(a))[collector.Own].Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() == poll.LeaseName {
				values[a.Name] = strconv.Itoa(int(f.GetMetric()[0].GetGauge().GetValue()))
			}
		}
	}
	return values
}

// shares simulates replicas of accounts of which the odd ones are b's and the others
// a's.
func shares(t *testing.T, accounts int, f func(*world, *meeting)) {
	var all []wxtest.Account
	for i := 0; len(all) < accounts; i++ {
		one := brand
		one.Name, one.AppID = string(rune('a'+i)), brand.AppID[:16]+string(rune('a'+i))+"0"
		if want := []string{"a", "b"}[len(all)%2]; preferred(one.AppID, []string{"a", "b"}) == want {
			all = append(all, one)
		}
	}
	simulate(t, "2026-11-20 12:00", all, func(w *world) {
		f(w, newMeeting())
	})
}

// TestLeasesAreShown: with replicas each says of every account whether it polls it,
// and one that comes takes over its share, also when that is a single account.
func TestLeasesAreShown(t *testing.T) {
	shares(t, 2, func(w *world, m *meeting) {
		first, second := w.accounts[0].Name, w.accounts[1].Name
		a := w.join(m, "a", 0)
		defer a.end()
		w.pass(time.Minute)
		if got := a.shown(t); got[first] != "1" || got[second] != "1" {
			t.Errorf("alone, a shows the leases %v", got)
		}
		b := w.join(m, "b", 0)
		defer b.end()
		w.pass(time.Minute)
		if got := a.shown(t); got[first] != "1" || got[second] != "0" {
			t.Errorf("a shows the leases %v", got)
		}
		if got := b.shown(t); got[first] != "0" || got[second] != "1" {
			t.Errorf("b shows the leases %v", got)
		}
		if !slices.Equal(m.given, []int{1}) {
			t.Errorf("a gave back %v accounts, want one, once", m.given)
		}
	})
}

// TestPollingEndsWithTheLeases: a replica that does not reach the others goes on until
// its leases end, and no longer.
func TestPollingEndsWithTheLeases(t *testing.T) {
	shares(t, 2, func(w *world, m *meeting) {
		a := w.join(m, "a", 0)
		defer a.end()
		w.pass(time.Minute)
		m.mu.Lock()
		m.away = errors.New("away")
		m.mu.Unlock()
		w.pass(15 * time.Second)
		if got := a.shown(t); got[w.accounts[0].Name] != "1" {
			t.Errorf("at once a shows the leases %v", got)
		}
		w.pass(LeaseTime)
		if got := a.shown(t); got[w.accounts[0].Name] != "0" {
			t.Errorf("when they have ended a shows the leases %v", got)
		}
		m.mu.Lock()
		m.away = nil
		m.mu.Unlock()
		w.pass(time.Minute)
		if got := a.shown(t); got[w.accounts[0].Name] != "1" {
			t.Errorf("when it is back a shows the leases %v", got)
		}
		if lines := a.log.Lines("level=warn", "leases"); len(lines) != 1 {
			t.Errorf("it is told %d times: %q", len(lines), lines)
		}
	})
}

// TestWrongClockLeavesPollingToOthers: the database's time is known, so a replica
// whose clock is wrong by it does not poll, which is told once, as is its recovery.
func TestWrongClockLeavesPollingToOthers(t *testing.T) {
	for name, c := range map[string]struct {
		ahead time.Duration
		wrong bool
	}{
		"a day behind": {-24 * time.Hour, true}, "a day ahead": {24 * time.Hour, true}, "at 1986": {-40 * 365 * 24 * time.Hour, true},
		"ten minutes behind": {-10 * time.Minute, true}, "a minute behind": {-time.Minute, false}, "a minute ahead": {time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			shares(t, 2, func(w *world, m *meeting) {
				own := w.accounts[0]
				a := w.join(m, "a", c.ahead)
				defer a.end()
				b := w.join(m, "b", 0)
				defer b.end()
				w.pass(2 * time.Minute)
				want, lines := map[string]string{"a": "1", "b": "0"}, 0
				if c.wrong {
					want, lines = map[string]string{"a": "0", "b": "1"}, 1
				}
				if got := (map[string]string{"a": a.shown(t)[own.Name], "b": b.shown(t)[own.Name]}); !maps.Equal(got, want) {
					t.Errorf("leases of %s by replica: %v, want %v", own.Name, got, want)
				}
				if a.ClockRight(t.Context()) == c.wrong || !b.ClockRight(t.Context()) {
					t.Errorf("the clock of a is said to be right: %v, that of b: %v", a.ClockRight(t.Context()), b.ClockRight(t.Context()))
				}
				if got := a.log.Lines("level=warn", "host clock differs"); len(got) != lines {
					t.Errorf("the clock is told %d times: %q", len(got), got)
				}
				if days, _ := w.store.Days(own.AppID, "getusersummary", "2026-11-19", "2026-11-19"); len(days) != 1 {
					t.Error("yesterday was not asked for")
				}
				a.ahead.Store(0)
				w.pass(time.Minute)
				if got := a.shown(t)[own.Name]; got != "1" {
					t.Errorf("with the right time the lease is %s", got)
				}
				if got := a.log.Lines("level=info", "agrees with the database's again"); len(got) != lines {
					t.Errorf("its recovery is told %d times: %q", len(got), got)
				}
			})
		})
	}
}

// TestClockThatBecomesWrong: a replica that polls gives its accounts back when its
// clock is set wrong.
func TestClockThatBecomesWrong(t *testing.T) {
	shares(t, 2, func(w *world, m *meeting) {
		a, b := w.join(m, "a", 0), w.join(m, "b", 0)
		defer a.end()
		defer b.end()
		w.pass(time.Minute)
		a.ahead.Store(-int64(24 * time.Hour))
		w.pass(30 * time.Second)
		if got := b.shown(t); got[w.accounts[0].Name] != "1" || got[w.accounts[1].Name] != "1" {
			t.Errorf("b shows the leases %v", got)
		}
		if a.Alive() != 1 || a.Polls(w.accounts[0].AppID) {
			t.Errorf("a polls: %v", a.Polls(w.accounts[0].AppID))
		}
	})
}

package exposition

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/wxexporter/wx_exporter/collector"
)

// has fails the test unless the page of all accounts has, or has not, a line.
func has(t *testing.T, c *Cache, line string, want bool) {
	t.Helper()
	page := pageOf(t, get(c.Metrics(), "/metrics"))
	if got := strings.Contains("\n"+page, "\n"+line+"\n"); got != want {
		t.Errorf("page has %s: %v, want %v; it is\n%s", line, got, want, page)
	}
}

func TestChangesAreServed(t *testing.T) {
	c := start(t, Options{})
	users, shares := gauges("a", "wx_users", "date"), gauges("a", "wx_shares")
	users.WithLabelValues("2026-11-20").Set(1)
	c.Set("a", map[string]prometheus.Gatherer{"user": registry(users), "message": registry(shares)})
	settle(t, c)
	has(t, c, `wx_users{account="a",date="2026-11-20"} 1`, true)

	users.WithLabelValues("2026-11-20").Set(2)
	users.WithLabelValues("2026-11-21").Set(3)
	has(t, c, `wx_users{account="a",date="2026-11-20"} 1`, true)
	shares.WithLabelValues().Set(4)
	c.Changed("a", "user", "nothing")
	c.Changed("b", "user")
	settle(t, c)
	has(t, c, `wx_users{account="a",date="2026-11-20"} 2`, true)
	has(t, c, `wx_users{account="a",date="2026-11-21"} 3`, true)

	if page := pageOf(t, get(c.Metrics(), "/metrics")); strings.Contains(page, "wx_shares") {
		t.Errorf("a family is gathered that nobody has said has changed:\n%s", page)
	}

	users.Reset()
	c.Changed("a", "user", "message")
	settle(t, c)
	has(t, c, `wx_shares{account="a"} 4`, true)
	if page := pageOf(t, get(c.Metrics(), "/metrics")); strings.Contains(page, "wx_users") {
		t.Errorf("a metric without samples is on the page:\n%s", page)
	}
}

func TestRemove(t *testing.T) {
	c := start(t, Options{})
	for _, account := range []string{"a", "b"} {
		m := gauges(account, "wx_users")
		m.WithLabelValues().Set(1)
		set(c, account, "user", registry(m))
	}
	settle(t, c)
	c.Remove("a")
	c.Remove("unknown")
	settle(t, c)
	has(t, c, `wx_users{account="a"} 1`, false)
	has(t, c, `wx_users{account="b"} 1`, true)
	if r := get(c.Probe(), "/probe?target=a"); r.StatusCode != 404 {
		t.Errorf("the account is still there: %d", r.StatusCode)
	}
	c.Changed("a", "user")
	settle(t, c)
	has(t, c, `wx_users{account="a"} 1`, false)
}

// A set of families replaces another at once, and the old one is served until
// the new one is ready.
func TestSet(t *testing.T) {
	c := start(t, Options{})
	with := func(value string, names ...string) map[string]prometheus.Gatherer {
		families := make(map[string]prometheus.Gatherer)
		for _, name := range names {
			m := gauges("a", "wx_"+name, "team")
			m.WithLabelValues(value).Set(1)
			families[name] = registry(m)
		}
		return families
	}
	c.Set("a", with("old", "user", "message", "article"))
	settle(t, c)

	families := with("new", "user", "publish", "article")
	reached, proceed := make(chan struct{}), make(chan struct{})
	user := families["user"]
	families["user"] = prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		reached <- struct{}{}
		<-proceed
		return user.Gather()
	})
	c.Set("a", families)
	<-reached
	for _, name := range []string{"user", "message", "article"} {
		has(t, c, fmt.Sprintf(`wx_%s{account="a",team="old"} 1`, name), true)
	}
	close(proceed)
	settle(t, c)
	for name, want := range map[string]bool{"user": true, "message": false, "article": true, "publish": true} {
		has(t, c, fmt.Sprintf(`wx_%s{account="a",team="new"} 1`, name), want)
		has(t, c, fmt.Sprintf(`wx_%s{account="a",team="old"} 1`, name), false)
	}
}

// A scrape while units of an account are rendered sees all of them as they were.
func TestChangesOfAnAccountAppearTogether(t *testing.T) {
	c := start(t, Options{})
	var mu sync.Mutex
	value := 1.0
	reached, proceed := make(chan string), make(chan struct{})
	var held bool
	unit := func(family string) prometheus.Gatherer {
		return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
			mu.Lock()
			v, hold := value, held
			mu.Unlock()
			if hold {
				reached <- family
				<-proceed
			}
			m := gauges("a", "wx_"+family)
			m.WithLabelValues().Set(v)
			return registry(m).Gather()
		})
	}
	c.Set("a", map[string]prometheus.Gatherer{"user": unit("user"), "message": unit("message")})
	settle(t, c)

	mu.Lock()
	value, held = 2, true
	mu.Unlock()
	c.Changed("a", "user", "message")
	for range 2 {
		<-reached
		has(t, c, `wx_user{account="a"} 1`, true)
		has(t, c, `wx_message{account="a"} 1`, true)
		proceed <- struct{}{}
	}
	settle(t, c)
	has(t, c, `wx_user{account="a"} 2`, true)
	has(t, c, `wx_message{account="a"} 2`, true)
}

// What the exporter says of a family is never on a page that lacks what it is about,
// even where the family changes while the exporter's own is rendered.
func TestNothingIsToldBeforeItIsThere(t *testing.T) {
	c := start(t, Options{Now: func() time.Time { return time.Unix(0, 0) }}) // a page is due at any time
	up, users := gauges("a", "wx_up"), gauges("a", "wx_users")
	up.WithLabelValues().Set(0)
	users.WithLabelValues().Set(1)
	happens := func() {}
	c.Set("a", map[string]prometheus.Gatherer{
		collector.Exporter: prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
			happens()
			return registry(up).Gather()
		}),
		"user": prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
			has(t, c, `wx_up{account="a"} 1`, false)
			return registry(users).Gather()
		}),
	})
	settle(t, c)
	happens = func() {
		users.WithLabelValues().Set(2)
		c.Changed("a", "user")
		up.WithLabelValues().Set(1)
		happens = func() {}
	}
	c.Changed("a", collector.Exporter)
	settle(t, c)
	has(t, c, `wx_up{account="a"} 1`, true)
	has(t, c, `wx_users{account="a"} 2`, true)
}

// A set of families that takes another's place meanwhile appears as a whole, too,
// even where what was just rendered had been waited for already.
func TestSetDuringRendering(t *testing.T) {
	var now atomic.Int64
	c := start(t, Options{Now: func() time.Time { return time.Unix(0, now.Load()) }})
	values := func(team, family string) prometheus.Gatherer {
		m := gauges("a", "wx_"+family, "team")
		m.WithLabelValues(team).Set(1)
		return registry(m)
	}
	var during []func() // what happens while users are rendered, one time after another; changed while Run has nothing to do
	user := func(team string) prometheus.Gatherer {
		r := values(team, "user")
		return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
			if len(during) > 0 {
				during[0]()
				during = during[1:]
			}
			return r.Gather()
		})
	}
	c.Set("a", map[string]prometheus.Gatherer{"user": user("old"), "message": values("old", "message")})
	settle(t, c)

	during = []func(){
		func() { c.Changed("a", "user") },
		func() {
			c.Set("a", map[string]prometheus.Gatherer{"user": user("new")})
			now.Add(int64(time.Hour)) // a page is due
		},
		func() {
			has(t, c, `wx_user{account="a",team="old"} 1`, true)
			has(t, c, `wx_message{account="a",team="old"} 1`, true)
		},
	}
	c.Changed("a", "user")
	settle(t, c)
	has(t, c, `wx_user{account="a",team="new"} 1`, true)
	has(t, c, `wx_message{account="a",team="old"} 1`, false)
}

// In a long run of changes the page follows before the end, and the copying that
// this takes is bounded.
func TestLongRunsArePublishedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const batches = 60
		batch := accountsForCPU * runtime.GOMAXPROCS(0)
		accounts := batches * batch
		// Every look at the clock takes a millisecond: so does the joining of a
		// page, which lies between two looks. The rendering of a batch does, too.
		var now atomic.Int64
		c := New(Options{Now: func() time.Time { return time.Unix(0, now.Add(int64(time.Millisecond))) }})
		var mu sync.Mutex
		pages := map[*page]bool{}
		for i := range accounts {
			m := gauges(fmt.Sprint("a", i), "wx_users")
			m.WithLabelValues().Set(1)
			r := registry(m)
			set(c, fmt.Sprint("a", i), "user", prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
				mu.Lock()
				defer mu.Unlock()
				pages[c.page.Load()] = true
				now.Add(int64(time.Millisecond) / int64(batch))
				return r.Gather()
			}))
		}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { c.Run(ctx) })
		settle(t, c)
		if n := len(pages); n < 3 || n > batches/3 {
			t.Errorf("%d pages were made in the course of %d batches", n, batches)
		}
		has(t, c, fmt.Sprintf(`wx_users{account="a%d"} 1`, accounts-1), true)
		cancel()
		running.Wait()
	})
}

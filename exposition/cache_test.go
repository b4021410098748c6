package exposition

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
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
	c.Set(Key{"a", "user"}, registry(users))
	settle(t, c)
	has(t, c, `wx_users{account="a",date="2026-11-20"} 1`, true)

	users.WithLabelValues("2026-11-20").Set(2)
	users.WithLabelValues("2026-11-21").Set(3)
	has(t, c, `wx_users{account="a",date="2026-11-20"} 1`, true)
	c.Changed(Key{"a", "user"}, Key{"a", "nothing"}, Key{"b", "user"})
	settle(t, c)
	has(t, c, `wx_users{account="a",date="2026-11-20"} 2`, true)
	has(t, c, `wx_users{account="a",date="2026-11-21"} 3`, true)

	shares.WithLabelValues().Set(4)
	c.Set(Key{"a", "message"}, registry(shares))
	settle(t, c)
	has(t, c, `wx_shares{account="a"} 4`, true)
	has(t, c, `wx_users{account="a",date="2026-11-21"} 3`, true)

	users.Reset()
	c.Changed(Key{"a", "user"})
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
		c.Set(Key{account, "user"}, registry(m))
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
	c.Changed(Key{"a", "user"})
	settle(t, c)
	has(t, c, `wx_users{account="a"} 1`, false)
}

// A set of families replaces another at once, and the old one is served until
// the new one is ready.
func TestSetAccount(t *testing.T) {
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
	c.SetAccount("a", with("old", "user", "message", "article"))
	settle(t, c)

	families := with("new", "user", "publish", "article")
	reached, proceed := make(chan struct{}), make(chan struct{})
	user := families["user"]
	families["user"] = prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		reached <- struct{}{}
		<-proceed
		return user.Gather()
	})
	c.SetAccount("a", families)
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
	c.Set(Key{"a", "user"}, unit("user"))
	c.Set(Key{"a", "message"}, unit("message"))
	settle(t, c)

	mu.Lock()
	value, held = 2, true
	mu.Unlock()
	c.Changed(Key{"a", "user"}, Key{"a", "message"})
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

// What is reported while an account is rendered is waited for, as it may belong
// to what was just rendered: even if a page is due.
func TestChangesDuringRenderingAppearTogether(t *testing.T) {
	var now atomic.Int64
	c := start(t, Options{Now: func() time.Time { return time.Unix(0, now.Load()) }})
	users, messages := gauges("a", "wx_users"), gauges("a", "wx_messages")
	set := func(v float64) {
		users.WithLabelValues().Set(v)
		messages.WithLabelValues().Set(v)
	}
	set(1)
	user, message := registry(users), registry(messages)
	during := func() {} // called while users are rendered; changed while Run has nothing to do
	c.Set(Key{"a", "user"}, prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		during()
		return user.Gather()
	}))
	c.Set(Key{"a", "message"}, prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		page := pageOf(t, get(c.Metrics(), "/metrics"))
		if strings.Contains(page, `wx_users{account="a"} 2`) {
			t.Errorf("before the messages are rendered, the page is\n%s", page)
		}
		return message.Gather()
	}))
	settle(t, c)

	during = func() {
		set(2)
		c.Changed(Key{"a", "message"})
		now.Add(int64(time.Hour))
	}
	c.Changed(Key{"a", "user"})
	settle(t, c)
	has(t, c, `wx_users{account="a"} 2`, true)
	has(t, c, `wx_messages{account="a"} 2`, true)
}

// So is a set of families that takes another's place meanwhile, even where what
// was just rendered had been waited for already.
func TestSetAccountDuringRendering(t *testing.T) {
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
	c.SetAccount("a", map[string]prometheus.Gatherer{"user": user("old"), "message": values("old", "message")})
	settle(t, c)

	during = []func(){
		func() { c.Changed(Key{"a", "user"}) },
		func() {
			c.SetAccount("a", map[string]prometheus.Gatherer{"user": user("new")})
			now.Add(int64(time.Hour)) // a page is due
		},
		func() {
			has(t, c, `wx_user{account="a",team="old"} 1`, true)
			has(t, c, `wx_message{account="a",team="old"} 1`, true)
		},
	}
	c.Changed(Key{"a", "user"})
	settle(t, c)
	has(t, c, `wx_user{account="a",team="new"} 1`, true)
	has(t, c, `wx_message{account="a",team="old"} 1`, false)
}

// In a long run of changes the page follows before the end.
func TestLongRunsArePublishedMeanwhile(t *testing.T) {
	var mu sync.Mutex
	now := time.Unix(0, 0)
	c := New(Options{Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}})
	last := make(chan string, 1)
	for i := range 10 {
		account := fmt.Sprint("a", i)
		m := gauges(account, "wx_users")
		m.WithLabelValues().Set(1)
		r := registry(m)
		c.Set(Key{account, "user"}, prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
			mu.Lock()
			now = now.Add(publishEvery / 2)
			mu.Unlock()
			if i == 9 {
				last <- pageOf(t, get(c.Metrics(), "/metrics"))
			}
			return r.Gather()
		}))
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Run(ctx)
	}()
	if page := <-last; !strings.Contains(page, `wx_users{account="a0"} 1`) || !strings.Contains(page, `wx_users{account="a5"} 1`) {
		t.Errorf("while the tenth account is rendered, the page is\n%s", page)
	}
	cancel()
	<-done
}

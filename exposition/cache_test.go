package exposition

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-kit/log"
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

// logs collects what is logged.
type logs struct {
	mu    sync.Mutex
	lines []string
}

func (l *logs) Log(keyvals ...any) error {
	var b strings.Builder
	if err := log.NewLogfmtLogger(&b).Log(keyvals...); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, b.String())
	return nil
}

func (l *logs) count(words ...string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, line := range l.lines {
		all := true
		for _, w := range words {
			all = all && strings.Contains(line, w)
		}
		if all {
			n++
		}
	}
	return n
}

// A unit that cannot be gathered stays as it was, touches no other, and is
// logged when that begins and when it ends.
func TestFailingUnit(t *testing.T) {
	for name, fail := range map[string]func() ([]*dto.MetricFamily, error){
		"error":         func() ([]*dto.MetricFamily, error) { return nil, errors.New("no such day") },
		"panic":         func() ([]*dto.MetricFamily, error) { panic("no such day") },
		"partial":       func() ([]*dto.MetricFamily, error) { return half(t), errors.New("no such day") },
		"a bad family":  func() ([]*dto.MetricFamily, error) { return badFamily("no_such_day"), nil },
		"bad collector": func() ([]*dto.MetricFamily, error) { return registry(panicking{}).Gather() },
	} {
		t.Run(name, func(t *testing.T) {
			var l logs
			c := start(t, Options{ErrorLog: &l})
			users, shares := gauges("a", "wx_users"), gauges("a", "wx_shares")
			users.WithLabelValues().Set(1)
			shares.WithLabelValues().Set(1)
			good := registry(users)
			gather := good.Gather // changed only while Run has nothing to do
			c.Set(Key{"a", "user"}, prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return gather() }))
			c.Set(Key{"a", "message"}, registry(shares))
			settle(t, c)

			gather = fail
			for v := range 3 {
				users.WithLabelValues().Set(float64(v + 2))
				shares.WithLabelValues().Set(float64(v + 2))
				c.Changed(Key{"a", "user"}, Key{"a", "message"})
				settle(t, c)
				has(t, c, `wx_users{account="a"} 1`, true)
				has(t, c, fmt.Sprintf(`wx_shares{account="a"} %d`, v+2), true)
			}
			if n := l.count("level=error", "account=a", "family=user", "such"); n != 1 {
				t.Errorf("logged %d times: %q", n, l.lines)
			}
			gather = good.Gather
			c.Changed(Key{"a", "user"})
			settle(t, c)
			has(t, c, `wx_users{account="a"} 4`, true)
			if n := l.count("level=info", "account=a", "family=user"); n != 1 {
				t.Errorf("the end is logged %d times: %q", n, l.lines)
			}
		})
	}
}

// Where nothing better is known, what there is in spite of an error is served.
func TestFailingFromTheStart(t *testing.T) {
	c := start(t, Options{})
	c.Set(Key{"a", "user"}, prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return half(t), errors.New("no") }))
	settle(t, c)
	has(t, c, `wx_half{account="a"} 1`, true)
}

// A gatherer that fails does not take away what the one before it said.
func TestReplacedByAFailingOne(t *testing.T) {
	c := start(t, Options{})
	m := gauges("a", "wx_users")
	m.WithLabelValues().Set(1)
	c.Set(Key{"a", "user"}, registry(m))
	settle(t, c)
	c.Set(Key{"a", "user"}, prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return half(t), errors.New("no") }))
	settle(t, c)
	has(t, c, `wx_users{account="a"} 1`, true)
	has(t, c, `wx_half{account="a"} 1`, false)
}

// A metric without samples is no metric, and no failure.
func TestMetricWithoutSamples(t *testing.T) {
	var l logs
	c := start(t, Options{ErrorLog: &l})
	c.Set(Key{"a", "user"}, prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		name := "wx_none"
		return append(half(t), &dto.MetricFamily{Name: &name, Type: dto.MetricType_GAUGE.Enum()}), nil
	}))
	settle(t, c)
	page := pageOf(t, get(c.Metrics(), "/metrics"))
	if strings.Contains(page, "wx_none") || !strings.Contains(page, "wx_half") || len(l.lines) > 0 {
		t.Errorf("logged %q, page is\n%s", l.lines, page)
	}
}

func half(t *testing.T) []*dto.MetricFamily {
	m := gauges("a", "wx_half")
	m.WithLabelValues().Set(1)
	families, err := registry(m).Gather()
	if err != nil {
		t.Error(err)
	}
	return families
}

// badFamily returns a family that expfmt refuses after its first sample, with
// name in the error.
func badFamily(name string) []*dto.MetricFamily {
	one := 1.0
	return []*dto.MetricFamily{{Name: &name, Type: dto.MetricType_GAUGE.Enum(), Metric: []*dto.Metric{{Gauge: &dto.Gauge{Value: &one}}, {}}}}
}

// panicking is a collector that panics when it has collected something.
type panicking struct{}

func (panicking) Describe(chan<- *prometheus.Desc) {}

func (panicking) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.MustNewConstMetric(prometheus.NewDesc("wx_before", "h", nil, nil), prometheus.GaugeValue, 1)
	panic("no such day")
}

// Two units that describe a metric differently: the first one's word counts,
// and no line stands under a type that it has not.
func TestConflicts(t *testing.T) {
	var l logs
	c := start(t, Options{ErrorLog: &l})
	unit := func(account, family, help string, counter bool) {
		desc := prometheus.NewDesc("wx_m_total", help, nil, prometheus.Labels{"account": account, "family": family})
		typ := prometheus.GaugeValue
		if counter {
			typ = prometheus.CounterValue
		}
		c.Set(Key{account, family}, registry(constant{prometheus.MustNewConstMetric(desc, typ, 1)}))
	}
	unit("a", "article", "First.", false)
	unit("a", "user", "Second.", false)
	unit("a", "publish", "First.", true)
	unit("b", "user", "First.", false)
	for range 2 {
		settle(t, c)
		for _, page := range []string{pageOf(t, get(c.Metrics(), "/metrics")), pageOf(t, get(c.Probe(), "/probe?target=a"))} {
			page, _, _ = strings.Cut(page, "wx_m_total{account=\"b\"")
			want := "# HELP wx_m_total First.\n# TYPE wx_m_total gauge\n" +
				"wx_m_total{account=\"a\",family=\"article\"} 1\nwx_m_total{account=\"a\",family=\"user\"} 1\n"
			if page != want {
				t.Errorf("page is\n%s\nwant\n%s", page, want)
			}
		}
		c.Changed(Key{"a", "user"})
	}
	if n := l.count("account=a", "family=user", "metric=wx_m_total", "help"); n != 1 {
		t.Errorf("the help is logged %d times: %q", n, l.lines)
	}
	if n := l.count("account=a", "family=publish", "metric=wx_m_total", "type"); n != 1 {
		t.Errorf("the type is logged %d times: %q", n, l.lines)
	}
	// Alone, a unit is as it describes itself.
	page := pageOf(t, get(c.Metrics(), "/metrics?collect[]=publish"))
	if !strings.Contains(page, "# TYPE wx_m_total counter\n") || !strings.Contains(page, `family="publish"} 1`) {
		t.Errorf("page of publish is\n%s", page)
	}
}

// Scrapes, changes, and accounts that come and go at the same time: every page is
// whole and has an account's units as of one moment.
func TestConcurrency(t *testing.T) {
	c := start(t, Options{Own: ownMetrics()})
	versions := func(account string, version float64) map[string]prometheus.Gatherer {
		families := make(map[string]prometheus.Gatherer)
		for _, family := range []string{"user", "message"} {
			m := gauges(account, "wx_"+family, "n")
			for i := range 50 {
				m.WithLabelValues(fmt.Sprint(i * 104729)).Set(version)
			}
			families[family] = registry(m)
		}
		return families
	}
	for i := range 4 {
		c.SetAccount(fmt.Sprint("a", i), versions(fmt.Sprint("a", i), 0))
	}
	settle(t, c)
	done := make(chan struct{})
	var writers, readers sync.WaitGroup
	for i := range 4 {
		writers.Go(func() {
			account := fmt.Sprint("a", i)
			for v := range 25 {
				switch {
				case i == 3 && v%3 == 2:
					c.Remove(account)
				case v%4 == 3:
					c.Changed(Key{account, "user"}, Key{account, "message"})
				default:
					c.SetAccount(account, versions(account, float64(v)))
				}
				if err := c.Sync(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 3 {
		readers.Go(func() {
			accept := []string{acceptText, acceptOpenMetrics, acceptText}[i]
			target := []string{"/metrics", "/metrics?collect[]=user&collect[]=message", "/metrics"}[i]
			for {
				select {
				case <-done:
					return
				default:
				}
				b, err := io.ReadAll(get(c.Metrics(), target, "Accept", accept, "Accept-Encoding", "gzip").Body)
				if err != nil {
					t.Error(err)
					return
				}
				sameVersions(t, gunzip(t, b))
				get(c.Probe(), "/probe?target=a3", "Accept-Encoding", "zstd")
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
}

// sameVersions checks that all samples of an account have the same value.
func sameVersions(t *testing.T, page string) {
	t.Helper()
	version, lines := make(map[string]string), make(map[string]int)
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, "wx_user") && !strings.HasPrefix(line, "wx_message") {
			continue
		}
		_, rest, _ := strings.Cut(line, `account="`)
		account, rest, _ := strings.Cut(rest, `"`)
		_, value, _ := strings.Cut(rest, "} ")
		if v, ok := version[account]; ok && v != value {
			t.Errorf("account %s has %q beside %q", account, value, v)
		}
		version[account] = value
		lines[account]++
	}
	for account, n := range lines {
		if n != 100 {
			t.Errorf("account %s has %d samples, want 100", account, n)
		}
	}
}

// A page is not touched while someone reads it.
func TestPagesInUseStay(t *testing.T) {
	c := start(t, Options{})
	m := gauges("a", "wx_users", "n")
	change := func(v float64) {
		for i := range 100 {
			m.WithLabelValues(fmt.Sprint(i)).Set(v)
		}
		c.Set(Key{"a", "user"}, registry(m))
		settle(t, c)
	}
	change(1000)
	s := c.acquire()
	before := string(s.page.b)
	for v := range 5 { // of as many digits: the page's memory would do
		change(float64(1001 + v))
	}
	if string(s.page.b) != before {
		t.Error("the page has changed")
	}
	s.release()
	change(3)
	has(t, c, `wx_users{account="a",n="99"} 3`, true)
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

func TestSyncEndsWithItsContext(t *testing.T) {
	c := New(Options{}) // nothing runs
	c.Set(Key{"a", "user"}, registry())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Sync(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Sync returns %v", err)
	}
}

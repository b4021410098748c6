package exposition

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

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
		"bad metric":    func() ([]*dto.MetricFamily, error) { return registry(constant{noSuchDay{}}).Gather() },
	} {
		t.Run(name, func(t *testing.T) {
			var l logs
			c := start(t, Options{Logger: &l})
			users, shares := gauges("a", "wx_users"), gauges("a", "wx_shares")
			users.WithLabelValues().Set(1)
			shares.WithLabelValues().Set(1)
			good := registry(users)
			gather := good.Gather // changed only while Run has nothing to do
			c.Set("a", map[string]prometheus.Gatherer{
				"user":    prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return gather() }),
				"message": registry(shares),
			})
			settle(t, c)

			gather = fail
			for v := range 3 {
				users.WithLabelValues().Set(float64(v + 2))
				shares.WithLabelValues().Set(float64(v + 2))
				c.Changed("a", "user", "message")
				settle(t, c)
				has(t, c, `wx_users{account="a"} 1`, true)
				has(t, c, fmt.Sprintf(`wx_shares{account="a"} %d`, v+2), true)
			}
			if n := l.count("level=error", "account=a", "collector=user", "such"); n != 1 {
				t.Errorf("logged %d times: %q", n, l.lines)
			}
			gather = good.Gather
			c.Changed("a", "user")
			settle(t, c)
			has(t, c, `wx_users{account="a"} 4`, true)
			if n := l.count("level=info", "account=a", "collector=user"); n != 1 {
				t.Errorf("the end is logged %d times: %q", n, l.lines)
			}
		})
	}
}

// Where nothing better is known, what there is in spite of an error is served.
func TestFailingFromTheStart(t *testing.T) {
	c := start(t, Options{})
	set(c, "a", "user", prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return half(t), errors.New("no") }))
	settle(t, c)
	has(t, c, `wx_half{account="a"} 1`, true)
}

// A gatherer that fails does not take away what the one before it said.
func TestReplacedByAFailingOne(t *testing.T) {
	c := start(t, Options{})
	m := gauges("a", "wx_users")
	m.WithLabelValues().Set(1)
	set(c, "a", "user", registry(m))
	settle(t, c)
	set(c, "a", "user", prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return half(t), errors.New("no") }))
	settle(t, c)
	has(t, c, `wx_users{account="a"} 1`, true)
	has(t, c, `wx_half{account="a"} 1`, false)
}

// A metric without samples is no metric, and no failure.
func TestMetricWithoutSamples(t *testing.T) {
	var l logs
	c := start(t, Options{Logger: &l})
	set(c, "a", "user", prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
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

// noSuchDay is a metric that panics when it is written.
type noSuchDay struct{ prometheus.Metric }

func (noSuchDay) Desc() *prometheus.Desc { return prometheus.NewDesc("wx_day", "h", nil, nil) }

func (noSuchDay) Write(*dto.Metric) error { panic("no such day") }

// panicking is a collector that panics when it has collected something.
type panicking struct{}

func (panicking) Describe(chan<- *prometheus.Desc) {}

func (panicking) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.MustNewConstMetric(prometheus.NewDesc("wx_before", "h", nil, nil), prometheus.GaugeValue, 1)
	panic("no such day")
}

// A unit that describes a metric otherwise than another unit fails: no line
// stands under a type that it has not.
func TestUnitsThatContradict(t *testing.T) {
	var l logs
	c := start(t, Options{Logger: &l})
	unit := func(account, help string, typ prometheus.ValueType) prometheus.Gatherer {
		desc := prometheus.NewDesc("wx_m_total", help, nil, prometheus.Labels{"account": account})
		return registry(constant{prometheus.MustNewConstMetric(desc, typ, 1)}, gauges(account, "wx_users"))
	}
	set(c, "a", "user", unit("a", "First.", prometheus.GaugeValue))
	settle(t, c)
	set(c, "b", "user", unit("b", "First.", prometheus.CounterValue))
	set(c, "c", "user", unit("c", "Second.", prometheus.GaugeValue))
	set(c, "d", "user", unit("d", "First.", prometheus.GaugeValue))
	settle(t, c)
	want := "# HELP wx_m_total First.\n# TYPE wx_m_total gauge\nwx_m_total{account=\"a\"} 1\nwx_m_total{account=\"d\"} 1\n"
	if page := pageOf(t, get(c.Metrics(), "/metrics")); page != want {
		t.Errorf("page is\n%s\nwant\n%s", page, want)
	}
	for account, want := range map[string]int{"a": 0, "b": 1, "c": 1, "d": 0} {
		if n := l.count("level=error", "account="+account, "wx_m_total"); n != want {
			t.Errorf("%s is logged %d times: %q", account, n, l.lines)
		}
	}
}

package exposition

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/encoding/prototext"
)

// scripted is an unchecked Collector that counts how often it is asked.
type scripted struct {
	collect func(chan<- prometheus.Metric)
	asked   int
}

func (*scripted) Describe(chan<- *prometheus.Desc) {}

func (s *scripted) Collect(ch chan<- prometheus.Metric) {
	s.asked++
	s.collect(ch)
}

// labelled is a Metric that writes any labels, in any order.
type labelled struct {
	prometheus.Metric
	pairs []string // name, value, ...
}

func (l labelled) Write(m *dto.Metric) error {
	err := l.Metric.Write(m)
	m.Label = nil
	for i := 0; i < len(l.pairs); i += 2 {
		m.Label = append(m.Label, &dto.LabelPair{Name: &l.pairs[i], Value: &l.pairs[i+1]})
	}
	return err
}

// A Gatherer of a collector says what a Registry says of it, in sound cases
// without asking one.
func TestGathererIsARegistry(t *testing.T) {
	days := prometheus.NewDesc("wx_days", "Of a day.", []string{"date", "type"}, prometheus.Labels{"account": "brand"})
	again := prometheus.NewDesc("wx_days", "Of a day.", []string{"date", "type"}, prometheus.Labels{"account": "shop"})
	plain := prometheus.NewDesc("wx_plain", "Of no day.", nil, nil)
	gauge := func(d *prometheus.Desc, v float64, labels ...string) prometheus.Metric {
		return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64, labels ...string) prometheus.Metric {
		return prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	for name, test := range map[string]struct {
		metrics []prometheus.Metric
		asked   int // how often the collector is asked, the second time by the Registry
	}{
		"nothing": {nil, 1},
		"in order": {[]prometheus.Metric{
			gauge(days, 1, "2026-11-19", "1"), gauge(days, 2, "2026-11-19", "2"), gauge(days, 3, "2026-11-20", "1"), gauge(plain, 4)}, 1},
		"mixed": {[]prometheus.Metric{
			counter(plain, 4), gauge(days, 3, "2026-11-20", "1"), gauge(days, 2, "2026-11-19", "2"), gauge(days, 1, "2026-11-19", "1")}, 1},
		"the same series twice": {[]prometheus.Metric{
			gauge(days, 1, "2026-11-19", "1"), gauge(days, 2, "2026-11-20", "1"), gauge(days, 3, "2026-11-19", "1")}, 2},
		"a name from two descriptions": {[]prometheus.Metric{
			gauge(days, 1, "2026-11-19", "1"), gauge(again, 1, "2026-11-19", "1"), gauge(days, 1, "2026-11-20", "1")}, 2},
		"two types": {[]prometheus.Metric{
			gauge(days, 1, "2026-11-19", "1"), counter(days, 1, "2026-11-20", "1")}, 2},
		"another type first": {[]prometheus.Metric{
			gauge(plain, 1), prometheus.MustNewConstHistogram(days, 1, 1, nil, "2026-11-19", "1")}, 2},
		"not text": {[]prometheus.Metric{
			gauge(days, 1, "2026-11-19", "1"), labelled{gauge(days, 2, "2026-11-20", "1"), []string{"account", "brand", "date", "\xff", "type", "1"}}}, 2},
		"a label less": {[]prometheus.Metric{
			gauge(days, 1, "2026-11-19", "1"), labelled{gauge(days, 2, "2026-11-20", "1"), []string{"account", "brand", "date", "x"}}}, 2},
		"another label": {[]prometheus.Metric{
			gauge(days, 1, "2026-11-19", "1"), labelled{gauge(days, 2, "2026-11-20", "1"), []string{"account", "brand", "date", "x", "typ", "1"}}}, 2},
		"labels not sorted": {[]prometheus.Metric{
			labelled{gauge(days, 2, "2026-11-20", "1"), []string{"date", "x", "account", "brand"}},
			labelled{gauge(days, 1, "2026-11-20", "1"), []string{"date", "y", "account", "brand"}}}, 2},
		"a label twice": {[]prometheus.Metric{
			labelled{gauge(days, 2, "2026-11-20", "1"), []string{"date", "x", "date", "x"}}}, 2},
		"with a time": {[]prometheus.Metric{
			gauge(days, 1, "2026-11-19", "1"), prometheus.NewMetricWithTimestamp(time.Unix(1, 0), gauge(days, 2, "2026-11-20", "1"))}, 2},
		"an error first": {[]prometheus.Metric{
			prometheus.NewInvalidMetric(days, errors.New("no such day")), gauge(days, 2, "2026-11-20", "1")}, 2},
		"an error later": {[]prometheus.Metric{
			gauge(days, 2, "2026-11-20", "1"), prometheus.NewInvalidMetric(days, errors.New("no such day"))}, 2},
		"a panic": {[]prometheus.Metric{gauge(days, 2, "2026-11-20", "1"), nil}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scripted{collect: func(ch chan<- prometheus.Metric) {
				for _, m := range test.metrics {
					if m == nil {
						panic("no such day")
					}
					ch <- m
				}
			}}
			r := prometheus.NewRegistry()
			r.MustRegister(s)
			want := told(gather(r))
			s.asked = 0
			if got := told(gather(Gatherer(s))); got != want {
				t.Errorf("the gatherer says\n%s\nand the registry\n%s", got, want)
			}
			if s.asked != test.asked {
				t.Errorf("the collector was asked %d times, not %d", s.asked, test.asked)
			}
		})
	}
}

// described is a scripted collector that is checked.
type described struct {
	scripted
	desc *prometheus.Desc
}

func (d *described) Describe(ch chan<- *prometheus.Desc) { ch <- d.desc }

// A metric that panics ends a Gather with an error, as with a Registry, and
// leaves no collector behind that waits for somebody to take its metrics.
func TestCollectorEndsWhenAMetricPanics(t *testing.T) {
	desc := prometheus.NewDesc("wx_m", "h", []string{"n"}, nil)
	for name, gatherer := range map[string]func(prometheus.Collector) prometheus.Gatherer{
		"registry": func(c prometheus.Collector) prometheus.Gatherer { return registry(c) },
		"gatherer": Gatherer,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ended := false
				_, err := gather(gatherer(&described{desc: desc, scripted: scripted{collect: func(ch chan<- prometheus.Metric) {
					defer func() { ended = true }()
					ch <- nil
					for n := range 10_000 {
						ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, 1, strconv.Itoa(n))
					}
				}}}))
				synctest.Wait()
				if err == nil || !ended {
					t.Errorf("error %v; the collector has ended: %v", err, ended)
				}
			})
		})
	}
}

// told is what came of a Gather, without the stack of a panic.
func told(families []*dto.MetricFamily, err error) string {
	all, _, _ := strings.Cut(fmt.Sprintln(err), "stack trace")
	for _, mf := range families {
		all += prototext.MarshalOptions{}.Format(mf) + "\n"
	}
	return all
}

package exposition

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"golang.org/x/sync/errgroup"
)

// gathered is what came of gathering a family.
type gathered struct {
	family  string
	metrics []*dto.MetricFamily
	err     error
}

// gatherAll gathers the families of an account on all CPUs, for most of a start
// is the reading of days, and returns each as it comes.
func gatherAll(sources map[string]*source) <-chan gathered {
	all := make(chan gathered)
	go func() {
		defer close(all)
		var workers errgroup.Group
		workers.SetLimit(runtime.GOMAXPROCS(0))
		for family, s := range sources {
			workers.Go(func() error {
				metrics, err := gather(s.gatherer)
				all <- gathered{family, metrics, err}
				return nil
			})
		}
		_ = workers.Wait() // errors are in what was gathered
	}()
	return all
}

// gather is g.Gather with panics as errors. A Registry does that for its
// collectors, other gatherers need not.
func gather(g prometheus.Gatherer) (families []*dto.MetricFamily, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("gatherer panicked: %v", p)
		}
	}()
	return g.Gather()
}

// Gatherer returns a Gatherer of one collector that gathers what a Registry
// does, which spends half of a render on holding every metric against all
// others. Here a Registry is shown the first metric of each Desc, and those that
// follow are held against their neighbours once they are sorted. Wherever that
// leaves a doubt, the Registry gathers and says what is wrong; and it gathers
// what is more than values, such as histograms. The collector is then asked twice.
//
// It panics where Registry.MustRegister does.
func Gatherer(c prometheus.Collector) prometheus.Gatherer {
	r := prometheus.NewRegistry()
	r.MustRegister(c)
	return gatherer{c, r}
}

type gatherer struct {
	collector prometheus.Collector
	registry  *prometheus.Registry
}

func (g gatherer) Gather() ([]*dto.MetricFamily, error) {
	if families, ok := quickly(g.collector); ok {
		return families, nil
	}
	return g.registry.Gather()
}

// group is the metrics of a Desc. It is a Collector of the first of them, and
// that Metric as well, to see what the Registry made of it.
type group struct {
	prometheus.Metric
	head    *dto.Metric
	metrics []*dto.Metric
}

func (g *group) Write(m *dto.Metric) error {
	g.head = m
	return g.Metric.Write(m)
}

// groups is an unchecked Collector of the groups' first metrics.
type groups []*group

func (groups) Describe(chan<- *prometheus.Desc) {}

func (gs groups) Collect(ch chan<- prometheus.Metric) {
	for _, g := range gs {
		ch <- g
	}
}

// quickly gathers a collector's families; it returns false if one may be wrong.
func quickly(c prometheus.Collector) ([]*dto.MetricFamily, bool) {
	gs, ok := collect(c)
	if !ok {
		return nil, false
	}
	r := prometheus.NewRegistry()
	r.MustRegister(gs)
	families, err := r.Gather()
	if err != nil {
		return nil, false
	}
	byHead := make(map[*dto.Metric]*group, len(gs))
	for _, g := range gs {
		byHead[g.head] = g
	}
	for _, mf := range families {
		if len(mf.Metric) != 1 {
			return nil, false
		}
		head := mf.Metric[0]
		mf.Metric = byHead[head].metrics
		if !plain(mf) || !uniform(mf.Metric, head.Label) || !distinct(mf.Metric) {
			return nil, false
		}
	}
	return families, true
}

// collect collects c's metrics by Desc; it returns false if some are lost.
func collect(c prometheus.Collector) (gs groups, ok bool) {
	ch := make(chan prometheus.Metric, 1024)
	done := make(chan bool, 1)
	go func() {
		defer close(ch)
		defer func() { done <- recover() == nil }()
		c.Collect(ch)
	}()
	// A metric that panics must not leave c waiting for ever.
	defer func() {
		for range ch {
			continue
		}
	}()
	byDesc := make(map[*prometheus.Desc]*group)
	var last *group // most metrics have the Desc of the one before
	var space []dto.Metric
	ok = true
	for metric := range ch {
		if last == nil || last.Desc() != metric.Desc() {
			if last = byDesc[metric.Desc()]; last == nil {
				last = &group{Metric: metric}
				byDesc[metric.Desc()] = last
				gs = append(gs, last)
			}
		}
		if len(space) == 0 {
			space = make([]dto.Metric, 128)
		}
		m := &space[0]
		space = space[1:]
		ok = metric.Write(m) == nil && ok
		last.metrics = append(last.metrics, m)
	}
	return gs, <-done && ok
}

// uniform reports whether all metrics have labels of the same names in the same
// order, and values that are text.
func uniform(metrics []*dto.Metric, names []*dto.LabelPair) bool {
	for _, m := range metrics {
		if len(m.Label) != len(names) {
			return false
		}
		for i, l := range m.Label {
			if l.Name != names[i].Name && l.GetName() != names[i].GetName() || !utf8.ValidString(l.GetValue()) {
				return false
			}
		}
	}
	return true
}

// distinct sorts metrics, which are uniform, as a Registry does, and reports
// whether no two are of the same series.
func distinct(metrics []*dto.Metric) bool {
	slices.SortFunc(metrics, compareValues)
	for i, m := range metrics[1:] {
		if compareValues(metrics[i], m) == 0 {
			return false
		}
	}
	return true
}

func compareValues(x, y *dto.Metric) int {
	for i, l := range x.Label {
		if r := y.Label[i]; l != r {
			if c := strings.Compare(l.GetValue(), r.GetValue()); c != 0 {
				return c
			}
		}
	}
	return 0
}

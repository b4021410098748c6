package collector

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// gauges makes the series of a metric. A large fleet has millions: they share what
// the library's constant metrics would each find out and keep for themselves.
type gauges struct {
	desc   *prometheus.Desc
	names  []string         // of the labels in which series differ
	places []int            // of those among all labels, which stand by name
	labels []*dto.LabelPair // of every series; nil at these places
}

// newGauges returns gauges with constant labels, and those in which they differ.
func newGauges(name, help string, differ []string, constant prometheus.Labels) gauges {
	all := slices.Sorted(maps.Keys(constant))
	all = append(all, differ...)
	slices.Sort(all)
	g := gauges{desc: prometheus.NewDesc(name, help, differ, constant), names: differ, labels: make([]*dto.LabelPair, len(all))}
	for _, n := range differ {
		g.places = append(g.places, slices.Index(all, n))
	}
	for i, n := range all {
		if v, ok := constant[n]; ok {
			g.labels[i] = &dto.LabelPair{Name: &n, Value: &v}
		}
	}
	return g
}

// with returns the series with values for the labels in which series differ.
func (g gauges) with(value float64, labels ...string) prometheus.Metric {
	one := &gauge{g.desc, slices.Clone(g.labels), value}
	own := make([]dto.LabelPair, len(labels))
	for i := range own {
		own[i].Name, own[i].Value = &g.names[i], &labels[i]
		one.labels[g.places[i]] = &own[i]
	}
	return one
}

// gauge is a series.
type gauge struct {
	desc   *prometheus.Desc
	labels []*dto.LabelPair // by name
	value  float64
}

// Desc implements prometheus.Metric.
func (g *gauge) Desc() *prometheus.Desc { return g.desc }

// Write implements prometheus.Metric.
func (g *gauge) Write(m *dto.Metric) error {
	m.Label, m.Gauge = g.labels, &dto.Gauge{Value: &g.value}
	return nil
}

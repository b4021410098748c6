package collector

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// vec makes the series of a metric. A large fleet has millions: they share what
// constant metrics of the library would each make for themselves.
type vec struct {
	desc   *prometheus.Desc
	names  []string         // of the variable labels
	places []int            // of the variable labels among all
	labels []*dto.LabelPair // all, sorted by name; nil for variable ones
}

// newVec returns a vec with constant and variable labels.
func newVec(name, help string, variable []string, constant prometheus.Labels) vec {
	all := slices.AppendSeq(slices.Clone(variable), maps.Keys(constant))
	slices.Sort(all)
	v := vec{desc: prometheus.NewDesc(name, help, variable, constant), names: variable, labels: make([]*dto.LabelPair, len(all))}
	for _, n := range variable {
		v.places = append(v.places, slices.Index(all, n))
	}
	for i, n := range all {
		if value, ok := constant[n]; ok {
			v.labels[i] = &dto.LabelPair{Name: &n, Value: &value}
		}
	}
	return v
}

// with returns the series with values for the variable labels, one for each, in
// their order. It keeps the slice.
func (v vec) with(value float64, labels ...string) prometheus.Metric {
	one := &constGauge{v.desc, slices.Clone(v.labels), value}
	own := make([]dto.LabelPair, len(labels))
	for i := range own {
		own[i].Name, own[i].Value = &v.names[i], &labels[i]
		one.labels[v.places[i]] = &own[i]
	}
	return one
}

// constGauge is a series as it is now.
type constGauge struct {
	desc   *prometheus.Desc
	labels []*dto.LabelPair // sorted by name
	value  float64
}

// Desc implements prometheus.Metric.
func (g *constGauge) Desc() *prometheus.Desc { return g.desc }

// Write implements prometheus.Metric.
func (g *constGauge) Write(m *dto.Metric) error {
	m.Label, m.Gauge = g.labels, &dto.Gauge{Value: &g.value}
	return nil
}

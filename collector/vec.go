package collector

import (
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// vec makes the series of a metric. A large fleet has millions: they share what
// constant metrics of the library would each make for themselves.
type vec struct {
	desc   *prometheus.Desc
	labels []*dto.LabelPair // all, sorted by name; only those of the account have values
	date   int              // the place of date, -1 when it is none of the labels
	own    []int            // the places of the metric's own labels, in their order
}

// dateLabel is the label with the day that a figure is about.
const dateLabel = "date"

// newVec returns a vec with the labels of the account and others, which may have
// date among them.
func newVec(name, help string, others []string, account []*dto.LabelPair) vec {
	v := vec{labels: slices.Clone(account)}
	for _, n := range others {
		v.labels = append(v.labels, newLabel(n, ""))
	}
	slices.SortFunc(v.labels, func(a, b *dto.LabelPair) int { return strings.Compare(a.GetName(), b.GetName()) })
	names := make([]string, len(v.labels))
	for i, l := range v.labels {
		names[i] = l.GetName()
	}
	v.desc = prometheus.NewDesc(name, help, names, nil)
	v.date = slices.Index(names, dateLabel)
	for _, n := range others {
		if n != dateLabel {
			v.own = append(v.own, slices.Index(names, n))
		}
	}
	return v
}

func newLabel(name, value string) *dto.LabelPair {
	return &dto.LabelPair{Name: &name, Value: &value}
}

// with returns the series with a date, if it has one, and values for the metric's own
// labels, in their order. It keeps both.
func (v vec) with(value float64, date *dto.LabelPair, own []string) prometheus.Metric {
	one := &constGauge{desc: v.desc, labels: slices.Clone(v.labels), value: value}
	one.gauge.Value = &one.value
	if v.date >= 0 {
		one.labels[v.date] = date
	}
	pairs := make([]dto.LabelPair, len(own))
	for i := range own {
		place := v.own[i]
		pairs[i].Name, pairs[i].Value = v.labels[place].Name, &own[i]
		one.labels[place] = &pairs[i]
	}
	return one
}

// constGauge is a series as it is now.
type constGauge struct {
	desc   *prometheus.Desc
	labels []*dto.LabelPair // sorted by name
	value  float64
	gauge  dto.Gauge
}

// Desc implements prometheus.Metric.
func (g *constGauge) Desc() *prometheus.Desc { return g.desc }

// Write implements prometheus.Metric.
func (g *constGauge) Write(m *dto.Metric) error {
	m.Label, m.Gauge = g.labels, &g.gauge
	return nil
}

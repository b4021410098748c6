package collector

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// metricFamilies are metric families in the making, by name. They are made without
// a Registry and its constant metrics: with a thousand accounts these take as long
// as reading and encoding do.
type metricFamilies map[string]*metricFamily

// metricFamily is gauges with the same name.
type metricFamily struct {
	dto    *dto.MetricFamily
	labels []*dto.LabelPair // of each series, by name; without a value where series differ
	places []int            // of the labels in which series differ: date, then the metric's
}

// newMetricFamily returns a metric family without series. Those it gets all carry
// the labels of constant.
func newMetricFamily(name, help string, constant prometheus.Labels, labels ...string) *metricFamily {
	f := &metricFamily{dto: &dto.MetricFamily{Name: &name, Help: &help, Type: dto.MetricType_GAUGE.Enum()}}
	labels = append([]string{"date"}, labels...)
	names := slices.Sorted(maps.Keys(constant))
	names = append(names, labels...)
	slices.Sort(names)
	for _, n := range names {
		pair := &dto.LabelPair{Name: &n}
		if v, ok := constant[n]; ok {
			pair.Value = &v
		}
		f.labels = append(f.labels, pair)
	}
	for _, l := range labels {
		f.places = append(f.places, slices.Index(names, l))
	}
	return f
}

// add adds a series; labels are its date and the values of the metric's labels.
func (f metricFamilies) add(name string, value float64, labels []string) {
	of := f[name]
	series := slices.Clone(of.labels)
	for i, place := range of.places {
		series[place] = &dto.LabelPair{Name: series[place].Name, Value: &labels[i]}
	}
	of.dto.Metric = append(of.dto.Metric, &dto.Metric{Label: series, Gauge: &dto.Gauge{Value: &value}})
}

// all returns those that have series, by name.
func (f metricFamilies) all() (all []*dto.MetricFamily) {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if len(f[name].dto.Metric) > 0 {
			all = append(all, f[name].dto)
		}
	}
	return all
}

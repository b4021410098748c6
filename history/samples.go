// Package history exports stored days: as time series, whose samples have the time
// that they are about, and as tables.
package history

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/store"
)

// Name is what a metric is called as a time series.
func Name(metric string) string { return "wx_history_" + strings.TrimPrefix(metric, "wx_") }

// Sample is one value at the time that it is about.
type Sample struct {
	*Series
	Time  time.Time
	Value float64
}

// Series is a metric with labels.
type Series struct {
	Labels []Label // by name, the metric's name among them
	text   string  // as OpenMetrics writes it
}

// Label is a label of a series.
type Label struct{ Name, Value string }

// Converter makes samples of an account's stored days. It caches the series, so it
// is not meant to live long.
type Converter struct {
	store.Account
	series map[string]*Series // by the metric's name and the values of its labels
}

// NewConverter returns a Converter of an account's days.
func NewConverter(a store.Account) Converter { return Converter{a, map[string]*Series{}} }

// Samples returns the samples of a stored day, by series and time: at noon of
// the day, for an hour at the half of it, and for figures that grow at noon of
// the day up to which they count. Titles are no samples. Of more articles than
// limit, if there is one, there are those that were read most; of all metrics
// only one, if it is named.
func (c Converter) Samples(api collector.API, date string, rows []byte, limit int, metric string) ([]Sample, error) {
	values, err := api.Samples(rows, limit)
	if err != nil {
		return nil, err
	}
	var samples []Sample
	for _, v := range values {
		if v.Metric.Info || metric != "" && v.Metric.Name != metric {
			continue
		}
		at := moment{date: date, hour: 12}
		var labels []Label
		key := v.Metric.Name
		for i, name := range v.Metric.Labels {
			if !at.take(name, v.Labels[i]) {
				labels = append(labels, Label{name, v.Labels[i]})
				key += collector.Separator + v.Labels[i]
			}
		}
		s := Sample{Series: c.series[key], Value: v.Value}
		if s.Series == nil {
			s.Series = c.newSeries(v.Metric.Name, labels)
			c.series[key] = s.Series
		}
		if s.Time, err = at.time(); err != nil {
			return nil, err
		}
		samples = append(samples, s)
	}
	return sorted(samples), nil
}

// newSeries adds the account's labels and the metric's name to labels.
func (c Converter) newSeries(metric string, labels []Label) *Series {
	for name, value := range collector.AccountLabels(c.Name, c.Labels) {
		labels = append(labels, Label{name, value})
	}
	slices.SortFunc(labels, byName)
	text := Name(metric) + written(labels)
	labels = append(labels, Label{"__name__", Name(metric)})
	slices.SortFunc(labels, byName)
	return &Series{labels, text}
}

func byName(a, b Label) int { return strings.Compare(a.Name, b.Name) }

// moment is the time that a sample is about, read from its labels.
type moment struct {
	date         string
	hour, minute int
}

// take takes in a label that tells the time; it reports whether it is one.
func (m *moment) take(name, value string) bool {
	switch name {
	case "hour":
		m.hour, _ = strconv.Atoi(value) // 00 to 23
		m.minute = 30
	case "stat_date":
		m.date = value
	default:
		return false
	}
	return true
}

func (m moment) time() (time.Time, error) {
	day, err := calendar.ParseDay(m.date)
	return day.Start().Add(time.Duration(m.hour)*time.Hour + time.Duration(m.minute)*time.Minute), err
}

// sorted puts samples in the order of their series and times. Of those that are
// of the same series and time the last one stays.
func sorted(samples []Sample) []Sample {
	slices.SortStableFunc(samples, func(a, b Sample) int {
		return cmp.Or(strings.Compare(a.text, b.text), a.Time.Compare(b.Time))
	})
	kept := samples[:0]
	for _, s := range samples {
		if n := len(kept); n > 0 && kept[n-1].text == s.text && kept[n-1].Time.Equal(s.Time) {
			kept = kept[:n-1]
		}
		kept = append(kept, s)
	}
	return kept
}

// written writes labels as OpenMetrics does.
func written(labels []Label) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	all := make([]string, len(labels))
	for i, l := range labels {
		all[i] = fmt.Sprintf(`%s="%s"`, l.Name, escape.Replace(l.Value))
	}
	return "{" + strings.Join(all, ",") + "}"
}

// APIs returns the APIs of families whose days become samples. APIs about single things,
// such as articles or pages, are included only if their family is named: they make new
// series for every one.
func APIs(families []collector.Family, named []string) (apis []collector.API) {
	for _, f := range families {
		for _, api := range f.APIs {
			if len(named) == 0 && api.Kind != collector.Article || slices.Contains(named, f.Name) {
				apis = append(apis, api)
			}
		}
	}
	return apis
}

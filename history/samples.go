// Package history takes what the store holds elsewhere: as time series whose
// samples have the time that they are about, and as tables.
package history

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// Name is what a metric is called as a time series.
func Name(metric string) string { return "wx_history_" + strings.TrimPrefix(metric, "wx_") }

// Account is whose days they are.
type Account struct {
	ID     string // in the store
	Name   string // the label account
	Labels map[string]string
}

// Sample is one value at the time that it is about.
type Sample struct {
	Labels []Label // by name, the metric's name among them
	Time   time.Time
	Value  float64

	series string // the labels as OpenMetrics writes them
}

// Label is a label of a series.
type Label struct{ Name, Value string }

// Samples returns the samples of a stored day, by series and time: at noon of
// the day, for an hour at the half of it, and for figures that grow at noon of
// the day up to which they count. Titles are no samples. Of more articles than
// limit, if there is one, there are those that were read most.
func Samples(a Account, api collector.API, date string, rows []byte, limit int) ([]Sample, error) {
	values, err := api.Samples(rows, limit)
	if err != nil {
		return nil, err
	}
	var samples []Sample
	for _, v := range values {
		if v.Metric.Info {
			continue
		}
		s := Sample{Value: v.Value}
		at := moment{date: date, hour: 12}
		for i, name := range v.Metric.Labels {
			if !at.take(name, v.Labels[i]) {
				s.Labels = append(s.Labels, Label{name, v.Labels[i]})
			}
		}
		if s.Time, err = at.time(); err != nil {
			return nil, err
		}
		for name, value := range collector.AccountLabels(a.Name, a.Labels) {
			s.Labels = append(s.Labels, Label{name, value})
		}
		slices.SortFunc(s.Labels, func(x, y Label) int { return strings.Compare(x.Name, y.Name) })
		s.series = Name(v.Metric.Name) + written(s.Labels)
		s.Labels = slices.Insert(s.Labels, nameAt(s.Labels), Label{nameLabel, Name(v.Metric.Name)})
		samples = append(samples, s)
	}
	return sorted(samples), nil
}

// nameLabel is the label that holds a metric's name.
const nameLabel = "__name__"

// nameAt returns where the metric's name stands among sorted labels.
func nameAt(labels []Label) int {
	i, _ := slices.BinarySearchFunc(labels, nameLabel, func(l Label, name string) int { return strings.Compare(l.Name, name) })
	return i
}

// moment is the time that a sample is about, as its labels tell it.
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
	day, err := wxclient.ParseDay(m.date)
	return day.Start().Add(time.Duration(m.hour)*time.Hour + time.Duration(m.minute)*time.Minute), err
}

// sorted puts samples in the order of their series and times. Of those that are
// of the same series and time the last one stays.
func sorted(samples []Sample) []Sample {
	slices.SortStableFunc(samples, func(a, b Sample) int {
		return cmp.Or(strings.Compare(a.series, b.series), a.Time.Compare(b.Time))
	})
	kept := samples[:0]
	for _, s := range samples {
		if n := len(kept); n > 0 && kept[n-1].series == s.series && kept[n-1].Time.Equal(s.Time) {
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

// APIs returns the APIs of families whose days become samples. Those that tell
// each article apart are among them only if their family is named: they are a
// few series for every article that was ever read.
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

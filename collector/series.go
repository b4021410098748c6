package collector

import (
	"maps"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/wxexporter/wx_exporter/calendar"
)

// Day is a stored day of an API.
type Day struct {
	Date string // YYYY-MM-DD
	Rows []byte // a JSON array; [] for a day that WeChat has computed and that is empty
}

// empty reports whether nothing happened on the day.
func (d Day) empty() bool { return len(d.Rows) <= len("[]") }

// Series collects an account's series of a family: the stored days that are
// exported. It is a prometheus.Collector and never calls WeChat.
type Series struct {
	Family
	Account string
	Labels  map[string]string // extra labels on every series
	Limits  Limits            // what bounds how many things of a day are shown

	// Days returns the days of an API to export, oldest first: those with rows, and
	// those that are final without.
	Days func(API) ([]Day, error)
	// Unreadable is called for a day that cannot be decoded, as another version may
	// have written it, or it is damaged. The day is left out.
	Unreadable func(api, date string, err error)
}

// vecs returns the family's metrics by name, and those of the newest day by the name
// of the dated one. They are made for each use, so that hundreds of accounts do not
// each hold every HELP.
func (s *Series) vecs() (all, latest map[string]vec) {
	var account []*dto.LabelPair
	for name, value := range AccountLabels(s.Account, s.Labels) {
		account = append(account, newLabel(name, value))
	}
	all, latest = map[string]vec{latestDateName: newVec(latestDateName, latestDateHelp, []string{dateLabel, "api"}, account)}, map[string]vec{}
	for _, m := range s.Metrics() {
		all[m.Name] = newVec(m.Name, m.help(), append([]string{dateLabel}, m.Labels...), account)
		if l, ok := m.Latest(); ok {
			latest[m.Name] = newVec(l.Name, l.latestHelp(), l.Labels, account)
		}
	}
	return all, latest
}

// AccountLabels are the labels that every series of an account carries.
func AccountLabels(account string, extra map[string]string) prometheus.Labels {
	l := prometheus.Labels{"account": account}
	maps.Copy(l, extra)
	return l
}

// Describe implements prometheus.Collector. It says nothing, or the Registry of each
// account would keep the names and hashes of all metrics. What is collected is
// checked all the same.
func (s *Series) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (s *Series) Collect(ch chan<- prometheus.Metric) {
	vecs, latest := s.vecs()
	infos := map[string]infoSeries{}
	for _, api := range s.APIs {
		days, err := s.Days(api)
		if err != nil {
			ch <- prometheus.NewInvalidMetric(vecs[latestDateName].desc, err)
			continue
		}
		var date *dto.LabelPair // of the newest day with rows
		var newest []Sample
		for _, day := range days {
			if day.empty() {
				newest = nil
				continue
			}
			samples, err := api.Samples(day.Rows, s.Limits.Of(api))
			if err != nil {
				s.Unreadable(api.Name, day.Date, err) // an invalid metric would fail the whole family
				continue
			}
			date, newest = newLabel(dateLabel, day.Date), samples
			for _, one := range samples {
				if one.Metric.Info {
					keepFuller(infos, infoSeries{one.Metric.Name, date, one.Labels})
					continue
				}
				ch <- vecs[one.Metric.Name].with(one.Value, date, one.Labels)
			}
		}
		if day, err := calendar.ParseDay(date.GetValue()); err == nil {
			ch <- vecs[latestDateName].with(float64(day.Start().Unix()), date, []string{api.Name})
		}
		for _, one := range newest {
			if v, ok := latest[one.Metric.Name]; ok {
				ch <- v.with(one.Value, nil, one.Labels)
			}
		}
	}
	for _, one := range infos {
		ch <- vecs[one.name].with(1, one.date, one.labels)
	}
}

// infoSeries is a series of an info metric: labels holds what is described, and the
// description.
type infoSeries struct {
	name   string
	date   *dto.LabelPair
	labels []string
}

// keepFuller keeps, of two series about the same thing, the one with more labels
// filled.
func keepFuller(infos map[string]infoSeries, s infoSeries) {
	key := strings.Join([]string{s.name, s.date.GetValue(), s.labels[0]}, Separator)
	if old, ok := infos[key]; !ok || s.filled() > old.filled() {
		infos[key] = s
	}
}

// filled counts the labels that are not empty.
func (s infoSeries) filled() (n int) {
	for _, l := range s.labels {
		if l != "" {
			n++
		}
	}
	return n
}

package collector

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// beijing is the zone of every day that WeChat names.
var beijing = time.FixedZone("UTC+8", 8*60*60)

const (
	latestName = "wx_latest_date_timestamp_seconds"
	latestHelp = "The newest day for which WeChat returned rows of the API; the value is its 00:00 Beijing time."
)

// Day is a stored day of an API.
type Day struct {
	Date string // YYYY-MM-DD
	Rows []byte // a JSON array
}

// Series gathers an account's series of a family: the stored days that are
// exported. It is a prometheus.Gatherer and never calls WeChat.
type Series struct {
	Family
	Account  string
	Labels   map[string]string // extra labels on every series
	Articles int               // of a day and API, the most read first; 0 is no limit

	// Days returns the days of an API to export, oldest first, only those with rows.
	Days func(API) ([]Day, error)
	// Unreadable is called for a day that cannot be decoded, as another version may
	// have written it. The day is left out.
	Unreadable func(api, date string, err error)
}

// AccountLabels are the labels that every series of an account carries.
func AccountLabels(account string, extra map[string]string) prometheus.Labels {
	l := prometheus.Labels{"account": account}
	maps.Copy(l, extra)
	return l
}

// Gather implements prometheus.Gatherer. With an error it returns the series of
// those APIs that could be read.
func (s *Series) Gather() ([]*dto.MetricFamily, error) {
	families := s.families()
	infos := map[string]infoSeries{}
	var failed error
	for _, api := range s.APIs {
		days, err := s.Days(api)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		newest := ""
		for _, day := range days {
			samples, err := api.Samples(day.Rows, s.Articles)
			if err != nil {
				s.Unreadable(api.Name, day.Date, err) // an error would keep the whole family as it was
				continue
			}
			newest = day.Date
			for _, one := range samples {
				labels := append([]string{day.Date}, one.Labels...)
				if one.Metric.Info {
					keepFuller(infos, infoSeries{one.Metric.Name, labels})
					continue
				}
				families.add(one.Metric.Name, one.Value, labels)
			}
		}
		if start, err := time.ParseInLocation(time.DateOnly, newest, beijing); err == nil {
			families.add(latestName, float64(start.Unix()), []string{newest, api.Name})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(infos)) {
		families.add(infos[key].name, 1, infos[key].labels)
	}
	return families.all(), failed
}

// families returns the family's metrics, without any series yet.
func (s *Series) families() metricFamilies {
	account := AccountLabels(s.Account, s.Labels)
	families := metricFamilies{latestName: newMetricFamily(latestName, latestHelp, account, "api")}
	for _, m := range s.Metrics() {
		families[m.Name] = newMetricFamily(m.Name, m.help(), account, m.Labels...)
	}
	return families
}

// infoSeries is a series of an info metric: labels holds the date, what is
// described, and the description.
type infoSeries struct {
	name   string
	labels []string
}

// keepFuller keeps, of two series about the same thing, the one with more labels
// filled.
func keepFuller(infos map[string]infoSeries, s infoSeries) {
	key := strings.Join(append([]string{s.name}, s.labels[:2]...), separator)
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

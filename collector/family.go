package collector

import (
	"slices"
)

// Family is a set of APIs that belong together: what the flags and the
// configuration call a collector.
type Family struct {
	Name string
	APIs []API
}

// Families returns all families, each with its APIs. A new API is one entry in
// one of these tables.
func Families() []Family {
	return []Family{userFamily(), messageFamily(), interfaceFamily(), articleFamily(), publishFamily()}
}

// latestName is the metric that names the newest day with rows of an API.
const latestName = "wx_latest_date_timestamp_seconds"

const latestHelp = "The newest day for which WeChat returned rows of the API; the value is its 00:00 Beijing time."

// Metrics returns what the family exports, each metric once.
func (f Family) Metrics() []Metric {
	var all []Metric
	for _, api := range f.APIs {
		for _, m := range api.Metrics {
			i := slices.IndexFunc(all, func(o Metric) bool { return o.Name == m.Name })
			if i < 0 {
				all = append(all, m)
				continue
			}
			all[i].APIs += " and " + m.APIs
		}
	}
	return all
}

// help is a metric's HELP: what it counts, where it comes from, and what its
// date and its value are.
func (m Metric) help() string {
	return m.Help + " From " + m.APIs + ", field " + m.Field + "; date is a Beijing day, the value is as last fetched."
}

package collector

import (
	"slices"
	"strings"
)

const (
	latestPrefix   = "wx_latest_"
	latestDateName = "wx_latest_date_timestamp_seconds"
	latestDateHelp = "The newest day for which WeChat returned rows of the API; the value is its 00:00 Beijing time."
)

// notLatest are the labels of figures that do not exist a second time as the newest
// day's: they are of hours or of single things, many of them, or grow.
var notLatest = []string{"hour", "stat_date", "msgid", "page_path", "ad_unit", "name", "position", "after"}

// Latest returns the metric without the label date that has the same value for the
// newest day with rows. ok is false for a metric that has none.
func (m Metric) Latest() (latest Metric, ok bool) {
	if m.Info || slices.ContainsFunc(m.Labels, func(l string) bool { return slices.Contains(notLatest, l) }) {
		return Metric{}, false
	}
	latest, latest.Name = m, latestPrefix+strings.TrimPrefix(m.Name, "wx_")
	return latest, true
}

// latestHelp is the HELP of a metric that Latest returned.
func (m Metric) latestHelp() string {
	return m.Help + " From " + m.APIs + ", field " + m.Field + "; of the day of " + latestDateName + ", and none while a later day is known to be empty."
}

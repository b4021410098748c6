package simulation

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// hasLatest reports whether a metric exists a second time as the newest day's.
func (m measure) hasLatest() bool {
	return !slices.ContainsFunc(m.labels, func(label string) bool {
		return slices.Contains([]string{"hour", "msgid", "stat_date", "page_path", "ad_unit", "name", "after"}, label)
	})
}

// rest are the labels of a sample but its date.
func (s sample) rest() string {
	var parts []string
	for name, value := range s.labels {
		if name != "date" {
			parts = append(parts, name+"="+value)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

// latest checks that the newest day by name is what the same page has of that day.
func (w *world) latest(page series) {
	newest := map[place]string{}
	for _, s := range page["wx_latest_date_timestamp_seconds"] {
		p := place{account: slices.Index(w.names, s.labels["account"]), api: s.labels["api"]}
		day, err := time.ParseInLocation(time.DateOnly, s.labels["date"], beijing)
		if newest[p] != "" || err != nil || float64(day.Unix()) != s.value {
			w.breaks(1, "%s is %v, and there may be another", s.text, s.value)
		}
		newest[p] = s.labels["date"]
	}
	for _, metric := range slices.Sorted(maps.Keys(byMetric)) {
		d := byMetric[metric]
		for account := range w.names {
			w.latestOf(page, d, metric, account, newest[place{account: account, api: d.name}])
		}
	}
}

// latestOf checks a metric of an account; date is the newest day with rows.
func (w *world) latestOf(page series, d measure, metric string, account int, date string) {
	of, latest := map[string]float64{}, map[string]float64{}
	for _, s := range page[metric] {
		if s.labels["account"] != w.names[account] {
			continue
		}
		if s.labels["date"] > date {
			w.breaks(1, "%s is after the newest day %q", s.text, date)
		}
		if s.labels["date"] == date {
			of[s.rest()] = s.value
		}
	}
	name := "wx_latest_" + strings.TrimPrefix(metric, "wx_")
	for _, s := range page[name] {
		if s.labels["account"] == w.names[account] {
			latest[s.rest()] = s.value
		}
	}
	if len(of) == 0 && len(latest) == 0 {
		return
	}
	gone := w.emptyAfter(d.document, account, date)
	switch {
	case !d.hasLatest():
		if len(latest) > 0 {
			w.breaks(1, "there is a %s", name)
		}
	case len(latest) == 0 && gone >= 0:
	case len(latest) > 0 && gone > 0:
		w.breaks(1, "%s of account %d is there, of %s, although a later day is empty", name, account, date)
	default:
		for labels := range union(of, latest) {
			was, dated := of[labels]
			is, ok := latest[labels]
			if !ok || !dated || was != is {
				w.breaks(1, "%s of account %d is %v (%v) for {%s}, and %v (%v) on %s", name, account, is, ok, labels, was, dated, date)
			}
		}
	}
}

// emptyAfter tells whether a day of the window after a date is empty for good: 1 if
// it is for sure, -1 if none can be, 0 if one may be.
func (w *world) emptyAfter(d *document, account int, date string) (may int) {
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	may = -1
	today := startOfDay(w.clock())
	for p, k := range w.model.places {
		day, _ := time.ParseInLocation(time.DateOnly, p.date, beijing)
		within := w.inWindow(d, day, today)
		if p.account != account || p.api != d.name || p.date <= date || !within && d.kind != weekly && d.kind != monthly && d.kind != halfMonthly {
			continue
		}
		if len(k.versions) == 0 || slices.ContainsFunc(k.versions, version.isEmpty) {
			may = max(may, 0)
		}
		if within && k.final && k.settled && !k.asked.IsZero() && len(k.versions) == 0 && w.script.Replicas <= 1 && k.doubtful.IsZero() {
			may = 1
		}
	}
	return may
}

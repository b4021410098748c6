package poll

import (
	"maps"
	"slices"
	"sync"

	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/plan"
)

// Gatherers returns the account's metrics for the pages, by family. lease tells
// wx_account_lease; nil: there are no replicas.
func (a *Account) Gatherers(lease func() bool) map[string]prometheus.Gatherer {
	state := prometheus.NewRegistry()
	state.MustRegister(&stateCollector{a})
	all := map[string]prometheus.Gatherer{collector.Exporter: state, collector.Own: a.ownMetrics(lease)}
	var logged sync.Map // unreadable days, so that each is logged once
	for _, f := range a.families {
		r := prometheus.NewRegistry()
		r.MustRegister(&collector.Series{
			Family: f.Family, Account: a.Name, Labels: a.Labels, Limits: a.Window.Limits(),
			Days: a.exportedDays,
			Unreadable: func(api, date string, err error) {
				if _, again := logged.LoadOrStore(api+date, nil); !again {
					level.Warn(a.logger).Log("msg", "skipping an unreadable stored day", "api", api, "date", date, "err", err)
				}
			},
		})
		all[f.Name] = r
	}
	return all
}

// FamilyOf returns the family of an API that is polled, "" if none is.
func (a *Account) FamilyOf(api string) string {
	for _, f := range a.families {
		if slices.ContainsFunc(f.APIs, func(one collector.API) bool { return one.Name == api }) {
			return f.Name
		}
	}
	return ""
}

// exportedDays returns the stored days of an API that are exported today, oldest
// first: those with rows, and those that are final without.
func (a *Account) exportedDays(api collector.API) (exp []collector.Day, err error) {
	from, window := plan.Exported(api, a.Window, calendar.DayOf(a.now()))
	if len(window) == 0 {
		return nil, nil
	}
	list, err := a.store.Days(a.ID, api.Name, from.String(), window[len(window)-1].String())
	var dates []string // with rows
	for _, d := range list {
		if d.HasRows() {
			dates = append(dates, d.Date)
		}
	}
	dates = inWindow(dates, window)
	for _, d := range list {
		if slices.Contains(dates, d.Date) || !d.HasRows() && !d.Open {
			exp = append(exp, collector.Day{Date: d.Date, Rows: d.Rows})
		}
	}
	return exp, err
}

// inWindow returns those of the dates with rows, oldest first, that are exported: those
// in the window, or the newest one before it.
func inWindow(dates []string, window []calendar.Day) []string {
	first, last := window[0].String(), window[len(window)-1].String()
	dates = slices.DeleteFunc(slices.Clone(dates), func(d string) bool { return d > last })
	i, _ := slices.BinarySearch(dates, first)
	if i == len(dates) {
		i = max(i-1, 0)
	}
	return dates[i:]
}

// shownDays returns the days that series of the account carry today.
func (a *Account) shownDays() ([]calendar.Day, error) {
	today := calendar.DayOf(a.now())
	oldest := today
	for _, api := range a.apis {
		if from, window := plan.Exported(*api.API, a.Window, today); len(window) > 0 {
			oldest = min(oldest, from)
		}
	}
	stored, err := a.store.Dates(a.ID, oldest.String())
	shown := map[calendar.Day]bool{}
	for _, api := range a.apis {
		from, window := plan.Exported(*api.API, a.Window, today)
		if len(window) == 0 {
			continue
		}
		dates := stored[api.Name]
		i, _ := slices.BinarySearch(dates, from.String())
		for _, date := range inWindow(dates[i:], window) {
			if d, err := calendar.ParseDay(date); err == nil {
				shown[d] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(shown)), err
}

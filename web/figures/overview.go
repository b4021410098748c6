package figures

import (
	"cmp"
	"math"
	"slices"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/web/texts"
)

// Compared is an account among all, and its days by API.
type Compared struct {
	Name   string
	Open   int                     // days that WeChat has not computed
	Days   map[string][]Day        // those of Wanted
	Newest map[string]calendar.Day // by API
}

// Column is a column of the table of accounts.
type Column struct{ Metric, Title string }

// Row is an account of that table.
type Row struct {
	Account string
	Newest  string
	Open    int
	Cells   []Cell
	values  []float64
}

// Overview is the table of all accounts of a type.
type Overview struct {
	Title   string // what they are; empty if all are alike
	Columns []Column
	Rows    []Row
	Sorted  string // by which metric
}

// mains are the metrics that accounts are compared by, with their APIs.
func mains(apis []collector.API) (metrics []collector.Metric, of []collector.API) {
	for _, a := range apis {
		for _, m := range metricsOf(a) {
			if m.Main && a.Period == calendar.Daily {
				metrics, of = append(metrics, m), append(of, a)
			}
		}
	}
	return metrics, of
}

// Wanted returns the dates of an API that the table needs, given the newest ones of
// accounts: those, and the same weekdays a week before.
func Wanted(api collector.API, newest []calendar.Day) (dates []calendar.Day) {
	if metrics, _ := mains([]collector.API{api}); len(metrics) == 0 {
		return nil
	}
	for _, d := range newest {
		if d != 0 {
			dates = append(dates, d, d-week)
		}
	}
	slices.Sort(dates)
	return slices.Compact(dates)
}

// All makes the table of all accounts, sorted by a metric, which may be unknown.
func All(l texts.Language, apis []collector.API, accounts []Compared, sorted string) Overview {
	metrics, of := mains(apis)
	o := Overview{Sorted: sorted}
	for _, a := range accounts {
		o.Rows = append(o.Rows, row(l, a, metrics, of))
	}
	var kept []int
	for i, m := range metrics {
		if slices.ContainsFunc(o.Rows, func(r Row) bool { return r.values[i] != none }) {
			kept = append(kept, i)
			name := title(l, m)
			if n := slices.IndexFunc(metrics, func(other collector.Metric) bool { return title(l, other) == name }); n != i || slices.ContainsFunc(metrics[i+1:], func(other collector.Metric) bool { return title(l, other) == name }) {
				name += " · " + l.Pick(of[i].Title.English, of[i].Title.Chinese)
			}
			o.Columns = append(o.Columns, Column{m.Name, name})
		}
	}
	if len(kept) == 0 {
		return o
	}
	by := slices.IndexFunc(metrics, func(m collector.Metric) bool { return m.Name == sorted })
	if by < 0 {
		by, o.Sorted = kept[0], metrics[kept[0]].Name
	}
	slices.SortStableFunc(o.Rows, func(a, b Row) int { return cmp.Compare(b.values[by], a.values[by]) })
	for i := range o.Rows {
		var cells []Cell
		for _, k := range kept {
			cells = append(cells, o.Rows[i].Cells[k])
		}
		o.Rows[i].Cells = cells
	}
	return o
}

// none is the value of what an account has no figure of: it comes last.
const none = -math.MaxFloat64

// row is an account.
func row(l texts.Language, a Compared, metrics []collector.Metric, of []collector.API) Row {
	r := Row{Account: a.Name, Open: a.Open}
	var newest calendar.Day
	for _, api := range of {
		newest = max(newest, a.Newest[api.Name])
	}
	if newest != 0 {
		r.Newest = day(l, newest)
	}
	readings := map[string]map[string]figure{}
	on := func(api collector.API, date calendar.Day) map[string]figure {
		key := api.Name + date.String()
		if f, ok := readings[key]; ok {
			return f
		}
		for _, d := range a.Days[api.Name] {
			if d.Date == date {
				readings[key] = read(api, d.Rows)[""]
			}
		}
		return readings[key]
	}
	for i, m := range metrics {
		date := a.Newest[of[i].Name]
		v, ok := on(of[i], date)[m.Name].total()
		c := cell(m.Unit)(v, ok)
		if before, had := on(of[i], date-week)[m.Name].total(); ok && had {
			c.Below = difference(m.Unit, v-before)
		}
		if ok && date != newest {
			c.Mark = date.String()[5:]
		}
		if !ok {
			v = none
		}
		r.Cells, r.values = append(r.Cells, c), append(r.values, v)
	}
	return r
}

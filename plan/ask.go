package plan

import (
	"maps"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// ask returns the request for the days, weeks and so on that begin on a day and on a
// later one.
func ask(api collector.API, begin, end calendar.Day, later bool) wxclient.Request {
	return wxclient.Request{API: api.Name, Begin: begin, End: end, Background: later, How: how(api, begin, end)}
}

// how returns how WeChat is asked for rows that are dated from begin to end.
func how(api collector.API, begin, end calendar.Day) wxclient.How {
	a := api.Ask
	h := wxclient.How{Path: a.Path, Query: a.Query, PageSize: a.Pages, Rows: a.Rows}
	if a.Whole {
		end = api.Period.Last(end)
	}
	if a.Days > 0 {
		begin = end - calendar.Day(a.Days) + 1
	}
	first, last := datesOf(a.Dates, begin, end)
	h.Questions = []wxclient.Parameters{wxclient.Between(a.From, a.To, first, last)}
	for name, values := range a.Params {
		h.Questions = each(h.Questions, name, values)
	}
	return h
}

// datesOf writes the first and the last day of a question.
func datesOf(as collector.Dates, begin, end calendar.Day) (first, last any) {
	switch as {
	case collector.Seconds:
		return begin.Start().Unix(), (end + 1).Start().Unix() - 1
	case collector.Compact:
		return begin.Compact(), end.Compact()
	default:
		return begin.String(), end.String()
	}
}

// each returns the questions with each of the values of a parameter.
func each(questions []wxclient.Parameters, name string, values []any) (all []wxclient.Parameters) {
	for _, v := range values {
		for _, q := range questions {
			one := maps.Clone(q)
			one[name] = v
			all = append(all, one)
		}
	}
	return all
}

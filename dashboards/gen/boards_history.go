package main

import (
	"fmt"
	"strings"
)

// past is a measure of the history: ordinary time series, which only lack what
// tells exporters apart.
func past(name, match string) string {
	return "wx_history_" + name + selector(`account=~"$account"`, match)
}

// The samples of a Beijing day, asked for at 00:00 UTC, to which Grafana rounds
// steps of a day: 08:00 in Beijing, sixteen hours before the day ends.
const (
	ofDay       = "[1d] offset -16h"
	ofSevenDays = "[7d] offset -16h"
)

// Steps of a week begin on Thursdays, three days and sixteen hours before the
// week ends.
const (
	ofWeek   = "[7d] offset -88h"
	weekThen = "[7d] offset 8648h"
)

func pastSum(by, name, match, span string) string {
	return fmt.Sprintf("sum by (%s) (sum_over_time(%s%s))", by, past(name, match), span)
}

func netGrowth(span string) string {
	return difference(fmt.Sprintf("sum(sum_over_time(%s%s))", past("new_users", ""), span), fmt.Sprintf("sum(sum_over_time(%s%s))", past("cancel_users", ""), span))
}

// byHour gives what is looked at every hour of four weeks, an hour of Beijing
// each, the labels weekday (1 is Monday) and hour, and averages it.
func byHour(vector string) string {
	const local = "(vector(time() + 28800 - 1800))"
	at := fmt.Sprintf(`count_values("hour", hour%s) * on () group_left (weekday) count_values("weekday", (day_of_week%[1]s + 6) %% 7 + 1)`, local)
	return fmt.Sprintf(`avg by (weekday, hour) (label_replace(avg_over_time((%s * on () group_left (weekday, hour) (%s * 0 + 1))[28d:1h]), "hour", "0$1", "hour", "([0-9])"))`, vector, at)
}

// byMonth sums what is looked at every day of three years, a day of Beijing each, by
// the labels year and month.
func byMonth(vector string) string {
	const local = "(vector(time() + 28800 - 86400))" // steps of a subquery are at 08:00 in Beijing, and end the day before
	at := fmt.Sprintf(`count_values("month", month%s) * on () group_left (year) count_values("year", year%[1]s)`, local)
	return fmt.Sprintf(`sum by (year, month) (label_replace(sum_over_time((%s * on () group_left (year, month) (%s * 0 + 1))[1100d:1d]), "month", "0$1", "month", "([0-9])"))`, vector, at)
}

// weekly is what a sum over accounts comes to in each week, and 52 weeks before.
func weekly(metric, match string) []query {
	of := func(span string) string { return "sum(sum_over_time(" + past(metric, match) + span + "))" }
	return []query{{of(ofWeek), "now", green}, {of(weekThen), "yearago", grey}}
}

// fourWeeks ends with the newest day that is there whatever the hour: the figures of
// yesterday come in the morning, and samples are of noon.
const fourWeeks = "[28d] offset %dd"

// comparisonTable compares four weeks with those before and with the same ones of the
// year before.
func comparisonTable() table {
	sums := []struct{ name, metric, match, per string }{
		{"followers", "cumulate_users", "", ""}, {"new", "new_users", "", ""}, {"cancel", "cancel_users", "", ""},
		{"readersaday", "publish_read_users", `scene="all"`, " / 28"}, {"messages", "upstream_msgs", "", ""},
		{"callbacks", "interface_callbacks", "", ""}, {"failures", "interface_failures", "", ""},
	}
	words := map[string]mapResult{}
	of := func(offset int) string {
		var all []string
		for i, s := range sums {
			words[s.name] = mapResult{Index: i, Text: s.name}
			span := past(s.metric, s.match) + fmt.Sprintf(fourWeeks, offset)
			one := "sum(sum_over_time(" + span + "))" + s.per
			if s.name == "followers" { // at the end
				one = "sum(last_over_time(" + span + "))"
			}
			all = append(all, labelled(one, "quantity", s.name))
		}
		return "(" + strings.Join(all, " or ") + ")"
	}
	change := func(before int) string { return of(1) + " / (" + of(before) + " > 0) - 1" }
	return table{box{"history.compare", 24, 9, "locale"}, []column{
		{label: "quantity", name: "quantity", words: words, least: 180},
		{expr: of(1), name: "month", width: 170},
		{expr: of(1 + 28), name: "monthagain", width: 170},
		{expr: change(1 + 28), name: "change", unit: "percentunit", width: 120},
		{expr: of(1 + 364), name: "yearbefore", width: 200},
		{expr: change(1 + 364), name: "yearchange", unit: "percentunit", width: 160},
	}, "month", nil}
}

func historyBoard() []section {
	net := func(now, then string) []query {
		return []query{{netGrowth(now), "now", green}, {netGrowth(then), "yearago", grey}}
	}
	sum := func(name string) string { return "sum(sum_over_time(" + past(name, "") + ofWeek + "))" }
	return []section{{"", false, []drawer{
		followed{comparisonTable()},
		drawn{box: box{"history.followers", 24, 9, "locale"}, step: "1d", by: "account",
			queries: []query{{"topk(10, max by (account) (last_over_time(" + past("cumulate_users", "") + ofDay + ")))", "followers", ""}}},
		followed{grid{box: box{"history.months", 24, 5, "locale"}, expr: byMonth("(" + netGrowth("[1d]") + ")"), row: "year", column: "month", down: "year", last: true, color: "continuous-blues"}},
		drawn{box: box{"history.weeks", 12, 8, "locale"}, step: "7d", queries: net(ofWeek, weekThen)},
		drawn{box: box{"history.both", 12, 8, "locale"}, step: "7d", queries: []query{{sum("new_users"), "new", green}, {sum("cancel_users"), "cancel", orange}}},
		drawn{box: box{"history.messages", 12, 8, "locale"}, step: "7d", queries: weekly("upstream_msgs", "")},
		drawn{box: box{"history.pages", 12, 8, "locale"}, step: "7d", queries: weekly("publish_pages", "")},
		drawn{box: box{"history.callbacks", 12, 8, "locale"}, step: "7d", queries: weekly("interface_callbacks", "")},
		drawn{box: box{"history.ratio", 12, 8, "percentunit"}, step: "7d", queries: []query{{ratio(sum("interface_failures"), sum("interface_callbacks")), "ratio", orange}}},
		drawn{box: box{"history.readers", 24, 9, "locale"}, step: "1d", by: "scene", codes: "publish_scene",
			queries: []query{{pastSum("scene", "publish_read_users", `scene!="all"`, ofSevenDays) + " / 7", "readers", ""}}},
		followed{grid{box: box{"history.hours", 24, 9, "locale"}, expr: byHour("sum(sum_over_time(" + past("upstream_hourly_msgs", "") + "[1h]))"),
			row: "weekday", column: "hour", down: "weekday", zeros: true, words: weekdays(), color: "continuous-blues"}},
	}}}
}

// followed is a panel of a moment that is the end of the picked range.
type followed struct{ drawer }

func (f followed) draw(l lang) *panel {
	p := f.drawer.draw(l)
	p.TimeFrom, p.HideTimeOverride = "", false
	p.FieldConfig.Defaults.NoValue = l.of(name("nohistory"))
	return p
}

// drawn shows series over the picked time, in steps of days. by is the label
// that tells them apart, and codes the kind of its codes; without it each query
// is a line of its own name.
type drawn struct {
	box
	step    string
	queries []query
	by      string
	codes   string
}

func (g drawn) draw(l lang) *panel {
	d := lineDefaults()
	d.NoValue = l.of(name("nohistory"))
	d.Custom["fillOpacity"] = 0 // lines lie over each other
	p := g.panel(l, "timeseries", d, timeSeriesOptions{legend(), tooltipOptions{"multi", "desc"}})
	p.FieldConfig.Overrides = codeNames(l, g.codes)
	for i, q := range g.queries {
		t := target{Datasource: prom, EditorMode: "code", Expr: q.expr, Format: "time_series", Range: true, LegendFormat: "__auto", RefID: refID(i)}
		if g.by != "" {
			t.LegendFormat = "{{" + g.by + "}}"
		} else {
			p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, override{matcher{"byFrameRefID", t.RefID}, []property{{"displayName", l.of(name(q.name))}, fixed(q.color)}})
		}
		p.Targets = append(p.Targets, t)
	}
	p.Interval, p.MaxDataPoints = g.step, finest
	return p
}

package main

import "fmt"

// past is a measure of the history: ordinary time series, which only lack what
// tells exporters apart.
func past(name, match string) string {
	return "wx_history_" + name + selector(`account=~"$account"`, match)
}

// The samples of a Beijing day, asked for at 00:00 UTC, to which Grafana rounds
// steps of a day: 08:00 in Beijing, sixteen hours before the day ends.
const (
	ofDay     = "[1d] offset -16h"
	ofMonth   = "[30d] offset -16h"
	monthThen = "[30d] offset 8720h" // 364 days before: the same days of the week

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

func historyBoard() []section {
	net := func(now, then string) []query {
		return []query{{netGrowth(now), "now", green}, {netGrowth(then), "yearago", grey}}
	}
	return []section{{"", false, []drawer{
		drawn{box: box{"history.followers", 24, 9, "locale"}, step: "1d", by: "account",
			queries: []query{{"topk(10, max by (account) (last_over_time(" + past("cumulate_users", "") + ofDay + ")))", "followers", ""}}},
		drawn{box: box{"history.weeks", 12, 8, "locale"}, step: "7d", queries: net(ofWeek, weekThen)},
		drawn{box: box{"history.months", 12, 8, "locale"}, step: "1d", queries: net(ofMonth, monthThen)},
		drawn{box: box{"history.callbacks", 12, 8, "locale"}, step: "7d", queries: []query{{"sum(sum_over_time(" + past("interface_callbacks", "") + ofWeek + "))", "callbacks", blue}}},
		drawn{box: box{"history.failures", 12, 8, "locale"}, step: "7d", queries: []query{{"sum(sum_over_time(" + past("interface_failures", "") + ofWeek + "))", "failures", orange}}},
		drawn{box: box{"history.readers", 24, 9, "locale"}, step: "1d", by: "scene", codes: "publish_scene",
			queries: []query{{pastSum("scene", "publish_read_users", `scene!="all"`, ofSevenDays) + " / 7", "readers", ""}}},
		grid{box: box{"history.hours", 24, 9, "locale"}, expr: byHour("sum(sum_over_time(" + past("upstream_hourly_msgs", "") + "[1h]))"),
			row: "weekday", column: "hour", down: "weekday", zeros: true, words: weekdays(), color: "continuous-blues"},
	}}}
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

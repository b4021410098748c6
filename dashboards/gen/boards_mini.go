package main

import "fmt"

// daysOf names the APIs of mini programs.
const daysOf = "getweanalysisappiddaily"

// ofMini matches the APIs that only mini programs have, and notOfficial those that
// Official Accounts lack or share with them.
const (
	ofMini      = `api=~"getweanalysisappid.+|get_performance"`
	notOfficial = `api!~"getweanalysisappid.+|get_performance|publisher_.+"`
)

var (
	miniVisitors    = measure{metric: "wx_mini_visitors", api: daysOf + "visittrend"}
	miniNewVisitors = measure{metric: "wx_mini_new_visitors", api: daysOf + "visittrend"}
	miniSessions    = measure{metric: "wx_mini_sessions", api: daysOf + "visittrend"}
	miniVisits      = measure{metric: "wx_mini_visits", api: daysOf + "visittrend"}
	miniShares      = measure{metric: "wx_mini_shares", api: daysOf + "summarytrend"}
	miniSources     = measure{metric: "wx_mini_source_sessions", labels: []string{"source"}, api: "getweanalysisappidvisitdistribution"}
	miniStays       = measure{metric: "wx_mini_stay_sessions", labels: []string{"interval"}, api: "getweanalysisappidvisitdistribution"}
	miniDepths      = measure{metric: "wx_mini_depth_sessions", labels: []string{"interval"}, api: "getweanalysisappidvisitdistribution"}
	miniWeeks       = measure{metric: "wx_mini_weekly_visitors", every: 7, labels: []string{}, api: "getweanalysisappidweeklyvisittrend"}
	miniMonths      = measure{metric: "wx_mini_monthly_visitors", every: 31, labels: []string{"account"}, api: "getweanalysisappidmonthlyvisittrend"}
	miniLoad        = measure{metric: "wx_mini_load_seconds", match: `phase="total"`, api: "get_performance"}
)

// mean is a quantity of which accounts have an average.
func mean(m measure) quantity {
	return quantity{api: m.api, value: m.perAccount(), sum: "avg", step: true}
}

// retention is the share of the visitors of a day who came again so many days after.
func retention(metricName string) string {
	again := "sum by (date, after) (max by (account, date, after) (" + metric(metricName, `after!="0"`) + "))"
	came := "sum by (date) (max by (account, date) (" + metric(metricName, `after="0"`) + "))"
	return `label_replace(` + again + " / on (date) group_left () (" + came + ` > 0), "after", "0$1", "after", "([0-9])")`
}

func minis() []section {
	retained := func(key, metricName string) grid {
		return grid{box: box{key, 12, 9, "percentunit"}, expr: retention(metricName), row: "date", column: "after", down: "date", last: true, color: "continuous-blues"}
	}
	return []section{
		{"", false, []drawer{
			tile{box: box{"mini.visitors", 5, 5, "locale"}, quantity: total(miniVisitors), good: 1, still: 2},
			tile{box: box{"mini.new", 5, 5, "locale"}, quantity: total(miniNewVisitors), good: 1, still: 2},
			tile{box: box{"mini.sessions", 5, 5, "locale"}, quantity: total(miniSessions), single: true},
			tile{box: box{"mini.shares", 4, 5, "locale"}, quantity: total(miniShares), single: true},
			tile{box: box{"mini.load", 5, 5, seconds}, quantity: mean(miniLoad), good: -1, still: 0.5},
			bars{box{"mini.who", 12, 8, "locale"}, []query{{miniVisitors.wholeDays(), "visitors", blue}, {miniNewVisitors.wholeDays(), "newvisitors", green}}, false, ""},
			bars{box{"mini.what", 12, 8, "locale"}, []query{{miniSessions.wholeDays(), "sessions", blue}, {miniVisits.wholeDays(), "views", purple}}, false, ""},
			retained("mini.retained", "wx_mini_retained_visitors"),
			retained("mini.retainednew", "wx_mini_retained_new_visitors"),
			pagesTable(),
			stacked{box{"mini.sources", 12, 9, "locale"}, miniSources.top(8, "source"), "source", "mini_source", false, ""},
			curvesBy{box{"mini.phases", 12, 9, seconds}, "avg by (date, phase) (max by (account, date, phase) (" + near(metric("wx_mini_load_seconds")) + "))", "phase", "date", window, new(0.0)},
		}},
		{"mini.details", true, []drawer{
			stacked{box{"mini.stays", 12, 9, "locale"}, miniStays.wholeDays("interval"), "interval", "mini_stay", false, "sessions"},
			stacked{box{"mini.depths", 12, 9, "locale"}, miniDepths.wholeDays("interval"), "interval", "mini_depth", false, "sessions"},
			bars{box{"mini.weeks", 12, 8, "locale"}, []query{{miniWeeks.wholeDays(), "visitors", blue}}, false, ""},
			months(box{"mini.months", 12, 8, "locale"}, miniMonths, "account", ""),
			portraitTable(),
		}},
	}
}

// pagesTable has the pages that were seen most, over the exported days.
func pagesTable() table {
	const shownPages = 20
	of := func(m string) string {
		return "sum by (account, page_path) (max by (account, date, page_path) (" + metric("wx_mini_page_"+m) + "))"
	}
	best := fmt.Sprintf(" and on (account, page_path) topk(%d, %s)", shownPages, of("visits"))
	stay := "sum by (account, page_path) (max by (account, date, page_path) (" + metric("wx_mini_page_stay_seconds") + " * on (job, instance, account, date, page_path) " + metric("wx_mini_page_visits") + ")) / (" + of("visits") + " > 0)"
	return table{box{"mini.pages", 24, 9, "locale"}, []column{
		{label: "page_path", name: "page", search: true, least: 150},
		{expr: of("visits") + best, name: "views", gauge: blue, width: 180},
		{label: "account", name: "anyaccount", search: true, width: 160},
		{expr: stay + best, name: "stay", unit: seconds, width: 130},
		{expr: of("entries") + best, name: "entries", width: 110},
		{expr: of("exits") + best, name: "exits", width: 110},
		{expr: of("shares") + best, name: "shares", width: 110},
	}, "views", nil}
}

// portraitTable is who came in the last thirty days, the ten largest parts of each kind.
func portraitTable() table {
	part := "sum by (kind, name) (max by (account, kind, name) (" + metric("wx_mini_portrait_visitors") + "))"
	return table{box{"mini.portrait", 24, 9, "locale"}, []column{
		{label: "kind", name: "kind", search: true, codes: "portrait", width: 200},
		{label: "name", name: "part", search: true, least: 150},
		{expr: "topk by (kind) (10, " + part + ")", name: "visitors", width: 160},
		{expr: part + " / on (kind) group_left () sum by (kind) (" + part + ") and topk by (kind) (10, " + part + ")", name: "share", unit: "percentunit", gauge: blue, width: 400},
	}, "visitors", nil}
}

// minisTable has the figures of each mini program's own newest day.
func minisTable() table {
	all := "max by (account) (" + metric("wx_api_state", `state="ok"`, ofMini) + ")"
	better := func() []step { return above(red, at{-0.1, plain}, at{0.1, green}) }
	return table{box{"overview.minis", 24, 8, "locale"}, []column{
		{label: "account", name: "anyaccount", search: true, least: 150, boards: []string{"mini", "revenue", "exporter"}},
		{expr: filled(miniVisitors.latest(), all), name: "visitors", gauge: blue, gaps: true, width: 170},
		{expr: total(miniVisitors).growth(), name: "inaweek", unit: "percentunit", width: 110, steps: better()},
		{expr: miniNewVisitors.latest(), name: "newvisitors", width: 130},
		{expr: miniSessions.latest(), name: "sessions", width: 110},
		{expr: miniLoad.latest(), name: "load", unit: seconds, width: 110},
		{expr: income.latest() + " / 100 and on (account) " + all, name: "income", unit: yuan, width: 140},
		{expr: total(income).growth() + " and on (account) " + all, name: "incomechange", unit: "percentunit", width: 140, steps: better()},
	}, "visitors", nil}
}

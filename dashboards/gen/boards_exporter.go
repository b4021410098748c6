package main

import (
	"fmt"
	"strconv"
	"strings"
)

func exporter() []section {
	yes := map[string]mapResult{"0": {red, 0, "no"}, "1": {green, 1, "yes"}}
	good := above(red, at{1, green})
	used := "max by (account, api) (" + metric("wx_api_quota_used") + " / (" + metric("wx_api_quota_limit") + " > 0))"
	plainMetric := func(metric string) func(string) string {
		return func(match string) string { return metric + selector(match) }
	}
	times := "sum by (api) (" + counterOf("wx_api_requests_total") + ")"
	took := "histogram_quantile(0.95, sum by (le, api) (" + ownMetric("wx_api_request_duration_seconds_bucket") + ")) >= 0 and on (api) " + times // NaN where there was none
	return []section{
		{"", false, []drawer{
			figure{box: box{"exporter.up", 4, 4, "none"}, expr: "sum(" + exporters() + ")", steps: good},
			figure{box: box{"exporter.accounts", 4, 4, "none"}, expr: "sum(max by (account) (" + metric("wx_up") + "))", steps: above(blue)},
			figure{box: box{"exporter.problems", 4, 4, "none"}, expr: "sum(1 - max by (account) (" + metric("wx_up") + "))", steps: above(green, at{1, red})},
			figure{box: box{"exporter.open", 4, 4, "none"}, expr: "sum(max by (account, api) (" + metric("wx_api_open_days") + "))", steps: above(blue)},
			figure{box: box{"exporter.store", 4, 4, "none"}, expr: "min(" + ownMetric("wx_store_healthy") + ")", steps: good, mapping: yes},
			figure{box: box{"exporter.reload", 4, 4, "none"}, expr: "min(" + ownMetric("wx_exporter_config_last_reload_successful") + ")", steps: good, mapping: yes},
			statesTable(),
			refusedTable(),
		}},
		{"exporter.calls", false, []drawer{
			graph{box{"exporter.requests", 12, 8, "none"}, requested(), "{{api}}", true, "api"},
			table{box{"exporter.latency", 12, 8, "none"}, []column{
				{label: "api", name: "api", search: true, codes: "api", width: 350},
				{expr: times, name: "times", width: 110},
				{expr: took, name: "p95", unit: "s", gauge: blue},
			}, "times", nil},
			table{box{"exporter.quota", 12, 8, "none"}, []column{
				{label: "account", name: "anyaccount", search: true, width: 150},
				{label: "api", name: "api", search: true, codes: "api", least: 310},
				{expr: "topk(20, " + used + ")", name: "used", unit: "percentunit", gauge: blue, width: 180},
			}, "used", &quiet{"api", "untold", plain, polled()}},
			table{box{"exporter.dropped", 12, 8, "none"}, []column{
				{label: "account", name: "anyaccount", search: true, width: 160},
				{label: "api", name: "api", search: true, codes: "api", width: 260},
				{label: "reason", name: "reason", codes: "reason"},
				{expr: "sum by (account, api, reason) (" + counterOf("wx_rows_dropped_total") + ") > 0", name: "rows", width: 120},
			}, "rows", &quiet{"reason", "undropped", green, polled()}},
			table{box{"exporter.builds", 24, 5, "none"}, []column{
				{label: "job", name: "job", width: 200},
				{label: "instance", name: "instance", width: 260, url: "http://${__value.raw}/status"},
				{label: "version", name: "version", width: 160},
				{label: "revision", name: "revision"},
				{label: "goversion", name: "goversion", width: 120},
				{expr: "max by (job, instance, version, revision, goversion) (" + ownMetric("wx_exporter_build_info") + ")", name: "running", width: 100},
			}, "instance", nil},
		}},
		{"exporter.replicas", true, []drawer{
			table{box{"exporter.leases", 12, 8, "none"}, []column{
				{label: "job", name: "job", width: 160},
				{label: "instance", name: "instance", url: "http://${__value.raw}/status"},
				{expr: "max by (job, instance) (" + ownMetric("wx_exporter_replicas") + ")", name: "alive", width: 160},
			}, "alive", nil},
			graph{box{"exporter.shares", 12, 8, "none"}, "topk(12, sum by (instance) (" + metric("wx_account_lease") + ") or count by (instance) (" + metric("wx_up") + "))", "{{instance}}", true, ""},
		}},
		{"exporter.details", true, []drawer{
			collectorsTable(),
			graph{box{"exporter.memory", 12, 8, "bytes"}, "topk(12, " + running(plainMetric("process_resident_memory_bytes")) + ")", "{{instance}}", false, ""},
			graph{box{"exporter.cpu", 12, 8, "percent"}, "topk(12, " + running(func(match string) string {
				return "100 * rate(process_cpu_seconds_total" + selector(match) + "[$__rate_interval])"
			}) + ")", "{{instance}}", false, ""},
			graph{box{"exporter.scrapes", 12, 8, "s"}, "topk(12, " + scraped("scrape_duration_seconds") + ")", "{{instance}}", false, ""},
			graph{box{"exporter.size", 12, 8, "bytes"}, "topk(12, " + ownMetric("wx_store_size_bytes") + ")", "{{instance}}", false, ""},
		}},
	}
}

// anyAPI stands for all APIs where none was asked.
const anyAPI = "any"

// requested are the requests by API, of those that were asked most in the whole range:
// each minute has others. Twelve lines at 0 would say less than one of all.
func requested() string {
	in := func(interval string) string {
		return counted("wx_api_requests_total", func(series string) string { return "increase(" + series + interval + ")" })
	}
	all := in("[$__rate_interval]")
	return "sum by (api) (" + all + ") and on (api) topk(12, sum by (api) (" + in("[$__range] @ end()") + ") > 0)" +
		" or on () " + labelled("sum("+all+")", "api", anyAPI)
}

// trouble orders the states of an API: what needs somebody comes first.
var trouble = []string{"offline", "ok", "open", "parked", "denied", "failing"}

// statesTable is the state, the newest day and the open days of every API.
func statesTable() table {
	words := map[string]mapResult{
		"ok": {green, 0, "state.ok"}, "open": {blue, 1, "state.open"}, "parked": {orange, 2, "state.parked"},
		"offline": {plain, 3, "state.offline"}, "waiting": {blue, 6, "problem.unpolled"}, "denied": {orange, 4, "state.denied"}, "failing": {red, 5, "state.failing"},
	}
	var states []string
	for i, s := range trouble {
		of := fmt.Sprintf("(max by (account, api, state) (%s == 1)) * %d", metric("wx_api_state", fmt.Sprintf("state=%q", s)), i)
		if s == "ok" { // an API that was never asked has had no trouble either
			of += " and on (account) " + polled()
		}
		states = append(states, of)
	}
	states = append(states, labelled("max by (account, api) ("+known()+" == 1) unless on (account) "+polled(), "state", "waiting"))
	latest := "topk by (account, api) (1, max by (account, api, date) (" + metric("wx_latest_date_timestamp_seconds") + "))"
	return table{box{"exporter.states", 24, 11, "none"}, []column{
		{label: "account", name: "anyaccount", search: true, least: 150},
		{label: "api", name: "api", search: true, codes: "api", least: 340},
		{label: "state", name: "state", words: words, width: 250},
		{label: "date", name: "newest", width: 160},
		{expr: strings.Join(states, " or "), name: "trouble", hide: true},
		{expr: fmt.Sprintf("scalar(floor(vector(time() + %d) / 86400)) - floor((%s + %[1]d) / 86400) - 1", zone, latest), name: "behind", width: 150},
		{expr: "max by (account, api) (" + metric("wx_api_open_days") + ")", name: "opendays", width: 160},
	}, "trouble", nil}
}

// counted is a counter, which is an exporter's own and tells of an account, in the
// given form.
func counted(name string, form func(series string) string, match ...string) string {
	return own(func(of string) string {
		return form(name + selector(append([]string{of, `account=~"$account"`}, match...)...))
	})
}

// counterOf is a counter as it stands.
func counterOf(name string, match ...string) string {
	return counted(name, func(series string) string { return series }, match...)
}

// codesIn are the codes of refused requests that have a colour, as a pattern.
func codesIn(color string) string {
	var codes []string
	for _, c := range advice {
		if c.color == color {
			codes = append(codes, c.code)
		}
	}
	return strings.Join(codes, "|")
}

// idle are the codes of APIs that WeChat has switched off for an account, of ads that it does
// not show, and of days that WeChat has not computed. There is nothing to mend, and the table
// of states says so already.
const idle = "47009|45103|48009|61503|2009"

// refusedTable counts requests that brought no data since the exporters started:
// increase() sees nothing of a counter that begins at one. Requests for tokens come
// first, as without one there are no others; then by what needs somebody.
func refusedTable() table {
	needed := func(need int, match string) string {
		return labelled("sum by (instance, account, api, code) ("+counterOf("wx_api_requests_total", `code!="0"`, match)+") > 0", "need", strconv.Itoa(need))
	}
	const or = " or on (instance, account, api, code) "
	times := needed(3, `api="token"`) + or + needed(2, `code=~"`+codesIn(red)+`"`) + or + needed(1, `code!~"`+codesIn(plain)+`"`) + or + needed(0, `code!~"`+idle+`"`)
	return table{box{"exporter.errors", 24, 7, "none"}, []column{
		{label: "account", name: "anyaccount", search: true, width: 180},
		{label: "api", name: "api", search: true, codes: "api", width: 310},
		{label: "code", name: "codelabel", codes: "advice"},
		{expr: times, name: "times", width: 120},
		{label: "instance", name: "instance", hide: true},
		{label: "need", name: "need", hide: true},
	}, "need", &quiet{"code", "unrefused", green, polled()}}
}

func collectorsTable() table {
	yes := map[string]mapResult{"0": {red, 0, "no"}, "1": {green, 1, "yes"}}
	by := func(m string) string { return "max by (account, collector) (" + metric(m) + ")" }
	since := "time() - " + by("wx_collector_last_success_timestamp_seconds")
	return table{box{"exporter.collectors", 24, 9, "none"}, []column{
		{label: "account", name: "anyaccount"},
		{label: "collector", name: "collector", codes: "family"},
		{expr: by("wx_collector_success"), name: "success", words: yes},
		{expr: by("wx_collector_duration_seconds"), name: "duration", unit: seconds},
		{expr: since + " or " + by("wx_collector_success") + " * 0 + time()", name: "since", unit: "dthms", never: true},
	}, "since", nil}
}

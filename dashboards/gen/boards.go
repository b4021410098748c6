package main

import (
	"fmt"
	"strings"
)

// board is a dashboard in no particular language.
type board struct {
	uid      string
	key      string
	from     string // begin of the time range
	timed    bool   // the picked range counts
	sections []section
}

// boards returns all dashboards. Panels of days show the present whatever the
// range is, so most boards hide the picker; the range is for the annotations.
func boards(l lang) []board {
	return []board{
		{"wx-overview", "overview", "now-24h", false, overview(l)},
		{"wx-users", "users", "now-24h", false, users()},
		{"wx-messages", "messages", "now-24h", false, messages()},
		{"wx-articles", "articles", "now-24h", false, articles()},
		{"wx-interface", "interface", "now-24h", false, interfaces()},
		{"wx-mini", "mini", "now-24h", false, minis()},
		{"wx-revenue", "revenue", "now-24h", false, revenue()},
		{"wx-history", "historyboard", "now-2y", true, historyBoard()},
		{"wx-exporter", "exporter", "now-6h", true, exporter()},
	}
}

// shown is how many accounts a chart by account shows.
const shown = 10

func overview(l lang) []section {
	byAccount := func(m measure) string { return most(shown, m.perAccount(), m) }
	failureRatio := ratio(failures.perAccount(), callbacks.perAccount())
	return []section{
		{"", false, []drawer{
			problemCounts(),
			problemsTable(l),
			tile{box: box{"overview.followers", 5, 5, "locale"}, quantity: total(cumulateUsers), good: 1, board: "users"},
			tile{box: box{"overview.net", 5, 5, "locale"}, quantity: balance(newUsers, cancelUsers), good: 1, board: "users"},
			tile{box: box{"overview.readers", 5, 5, "locale"}, quantity: total(publishAllReaders), good: 1, still: 2, board: "articles"},
			tile{box: box{"overview.messages", 5, 5, "locale"}, quantity: total(upstreamMsgs), good: 1, still: 2, board: "messages"},
			tile{box: box{"overview.ratio", 4, 5, "percentunit"}, quantity: rate(failures, callbacks), steps: ratioLevels(), good: -1, still: 0.5, board: "interface"},
			accountsTable(),
			periodsTable(),
			stacked{box{"overview.growth", 12, 8, "locale"}, most(shown, difference(newUsers.perAccount(), cancelUsers.perAccount()), newUsers), "account", "", false, ""},
			stacked{box{"overview.published", 12, 8, "locale"}, byAccount(publishAllReaders), "account", "", false, ""},
		}},
		{"overview.minirow", true, []drawer{minisTable()}},
		{"overview.more", true, []drawer{
			curvesBy{box{"overview.cumulate", 12, 9, "percentunit"}, most(shown, sinceFirst(cumulateUsers.by(near).perAccount()), cumulateUsers.by(near)), "account", "date", window, nil},
			stacked{box{"overview.msgs", 12, 9, "locale"}, byAccount(upstreamMsgs), "account", "", false, ""},
			stacked{box{"overview.failed", 24, 8, "locale"}, byAccount(failures), "account", "", false, ""},
			grid{box: box{"overview.ratiogrid", 24, 9, "percentunit"}, expr: most(20, onDays(failureRatio, failures.api, 21, 0), failures), row: "account", column: "date", down: "account", wide: 160, steps: failingLevels()},
		}},
	}
}

// hourlyRatio is the share of failed callbacks of each hour. One with fewer than 50
// counts as 50: a single failure at night says nothing.
func hourlyRatio(by ...string) string {
	by = append(by, "hour")
	return hourlyFailures.perDay(by...) + " / clamp_min(" + hourlyCallbacks.perDay(by...) + ", 50)"
}

// ages are the days since the newest days began.
func ages(match string) string {
	return "(time() - max by (account, api) (" + metric("wx_latest_date_timestamp_seconds", match) + ")) / 86400"
}

// everyDay are the APIs that have a row for every day.
const everyDay = `api=~"getusersummary|getusercumulate|getweanalysisappiddailysummarytrend"`

// Values of problems, by which they are sorted: 3 is critical, 2 a warning, 1 to be
// known.
const countsFrom = 2

// problems are firing alerts and what is wrong before an alert fires, or where the
// rules are not loaded: exporters that do not answer, accounts that are late or whose
// last poll failed. Without any answer about accounts that is the problem: silence is
// not health.
func problems() string {
	firing := func(account string) string {
		of := func(match string, value int) string {
			return fmt.Sprintf(`max by (alertname, account, api, instance, severity) (ALERTS{alertname=~"Wx.*", alertstate="firing", %s%s}) * %d`, account, match, value)
		}
		return of(`, severity="critical"`, 3) + " or " + of(`, severity!="critical"`, 2)
	}
	// Of alerts about accounts, those of the chosen exporters; they outlive a scrape that failed.
	lastly := func(series string) string { return "last_over_time(" + series + "[20m])" }
	chosen := lastly(metric("wx_api_state", `state="ok"`)) + " or " + lastly(metric("wx_latest_date_timestamp_seconds"))
	alerts := "(" + firing(`account=~"$account"`) + ") and on (account) (" + chosen + ") or " + firing(`account=""`)
	say := func(vector, what, severity string, value int) string {
		return labelled(labelled(fmt.Sprintf("(%s) * 0 + %d", vector, value), "problem", what), "severity", severity)
	}
	unless := func(labels, alerts string) string {
		return " unless on (" + labels + `) ALERTS{alertname=~"` + alerts + `", alertstate="firing"}`
	}
	down := "max by (instance) (" + exporters() + " == 0" + unless("job, instance", "WxExporterDown") + ")"
	late := "max by (account) (" + ages(everyDay) + ") > 3.6" + unless("account", "WxDataLate")
	failed := "max by (account) (" + metric("wx_up") + ") == 0" + unless("account", "WxTokenFailing|WxApiFailing")
	unpolled := "max by (account) (" + known() + ") unless on (account) " + polled()
	silent := metric("wx_up") + " == 1 unless on (account) " + metric("wx_latest_date_timestamp_seconds")
	return `label_replace(` + alerts + `, "problem", "$1", "alertname", "(.*)") or ` + say(down, "down", "critical", 3) + " or " +
		say(failed, "failed", "warning", 2) + " or " + say(late, "late", "warning", 2) + " or " + say(unpolled, "unpolled", "", 1) + " or " + say("max by (account) ("+silent+")", "silent", "", 1) +
		" or on () " + say("vector(0) unless on () "+known(), unknown, "critical", 3)
}

// known is there for every account that an exporter tells of, polled or not.
func known() string { return metric("wx_api_state", `state="ok"`) }

// polled is there for every account of which a poll has ended.
func polled() string { return metric("wx_up") }

// severities are those of the rules.
func severities() map[string]mapResult {
	return map[string]mapResult{"critical": {red, 0, "severity.critical"}, "warning": {orange, 1, "severity.warning"}}
}

func problemsTable(l lang) table {
	words := map[string]mapResult{
		"down": {red, 0, "problem.down"}, unknown: {red, 1, "unknown"}, "late": {orange, 2, "problem.late"}, "failed": {orange, 3, "problem.failed"},
		"unpolled": {blue, 4, "problem.unpolled"}, "silent": {blue, 5, "problem.silent"}, "fine": {green, 6, "fine"},
	}
	return table{box{"overview.problems", 21, 6, "none"}, []column{
		{label: "severity", name: "severity", words: severities(), width: 110},
		{label: "problem", name: "problem", words: words, codes: "alert", width: 420, url: chosenURL(l, "exporter")},
		{label: "account", name: "anyaccount", search: true, width: 200, url: accountURL(l, "exporter", "${__value.raw}")},
		{label: "api", name: "api", search: true, codes: "api", width: 260},
		{label: "instance", name: "instance"},
		{expr: problems() + " or on () " + labelled("vector(0)", "problem", "fine"), name: "current", hide: true},
		{label: "alertname", name: "alert", hide: true},
	}, "current", nil}
}

// problemCounts says how many problems there are: the table shows the first ones.
func problemCounts() counts {
	none := func(severity string) string { return labelled("vector(0)", "severity", severity) }
	return counts{box{"overview.count", 3, 6, "none"},
		fmt.Sprintf("count by (severity) ((%s) >= %d) or on (severity) (%s or %s)", problems(), countsFrom, none("critical"), none("warning")),
		"severity", severities(),
	}
}

// accountsTable has the figures of each account's own newest day and how they have
// changed on the same weekday a week before; who has grown most comes first.
func accountsTable() table {
	all := "max by (account) (" + metric("wx_api_state", `state="ok"`, notOfficial) + ")"
	better := func() []step { return above(red, at{-0.1, plain}, at{0.1, green}) }
	const noon = 20 * 3600 // of the day in UTC, which is on that day nearly everywhere
	day := fmt.Sprintf("(%s + %d) * 1000", "max by (account) ("+latestDate(cumulateUsers.api)+")", noon)
	return table{box{"overview.accounts", 24, 11, "locale"}, []column{
		{label: "account", name: "account", search: true, least: 150, boards: []string{"users", "messages", "articles", "interface", "exporter"}},
		{expr: day, name: "newest", unit: "time:YYYY-MM-DD", width: 105},
		{expr: cumulateUsers.latest(), name: "followers", width: 120, gauge: blue},
		{expr: filled(total(cumulateUsers).growth(), all), name: "inaweek", unit: "percentunit", width: 95, gaps: true, steps: above(red, at{-0.0005, plain}, at{0.0005, green})},
		{expr: difference(newUsers.latest(), cancelUsers.latest()), name: "net", width: 105},
		{expr: publishAllReaders.latest(), name: "readers", width: 120, gauge: blue},
		{expr: total(publishAllReaders).growth(), name: "readerschange", unit: "percentunit", width: 125, steps: better()},
		{expr: upstreamMsgs.latest(), name: "messages", width: 120, gauge: blue},
		{expr: total(upstreamMsgs).growth(), name: "messageschange", unit: "percentunit", width: 135, steps: better()},
		{expr: ratio(failures.latest(), callbacks.latest()), name: "ratio", unit: "percentunit", steps: ratioLevels(), width: 118},
		{expr: "max by (account) (" + hourlyRatio("account") + ")", name: "worsthour", unit: "percentunit", steps: hourLevels(), width: 105},
	}, "inaweek", nil}
}

// periodsTable has sums over weeks of what may be added up over days. The window has
// four of them; what was before is in the history, where something was sent.
func periodsTable() table {
	quantities := []struct {
		name  string
		m     measure
		money bool
	}{{"new", newUsers, false}, {"cancel", cancelUsers, false}, {"messages", upstreamMsgs, false}, {"failures", failures, false}, {"incomeyuan", income, true}}
	each := func(of func(m measure) string) string {
		var all []string
		for _, q := range quantities {
			vector := of(q.m)
			if q.money {
				vector = "round(" + vector + inYuan + ")" // whole yuan, as the others are whole
			}
			all = append(all, labelled(vector, "quantity", q.name))
		}
		return "(" + strings.Join(all, " or ") + ")"
	}
	days := func(to, from int) string {
		return each(func(m measure) string { return "sum(" + onDays(m.once(), m.api, to, from) + ")" })
	}
	words := map[string]mapResult{}
	for i, q := range quantities {
		words[q.name] = mapResult{Index: i, Text: q.name}
	}
	earlier := each(func(m measure) string { return m.sentOnDays(56, 28) })
	return table{box{"overview.periods", 24, 7, "locale"}, []column{
		{label: "quantity", name: "quantity", words: words, least: 150},
		{expr: days(7, 0), name: "week", width: 180},
		{expr: days(14, 7), name: "weekbefore", width: 180},
		{expr: days(7, 0) + " / (" + days(14, 7) + " > 0) - 1", name: "inaweek", unit: "percentunit", width: 120},
		{expr: days(28, 0), name: "month", width: 180},
		{expr: earlier, name: "monthbefore", width: 260},
	}, "month", nil}
}

package main

// board is a dashboard in no particular language.
type board struct {
	uid      string
	key      string
	from     string // begin of the time range
	sections []section
}

// boards returns all dashboards. Panels of days show the present whatever the
// range is; it is for the annotations and for what is drawn over the time of
// the scrapes.
func boards(l lang) []board {
	return []board{
		{"wx-overview", "overview", "now-24h", overview(l)},
		{"wx-users", "users", "now-24h", users()},
		{"wx-messages", "messages", "now-24h", messages()},
		{"wx-articles", "articles", "now-24h", articles()},
		{"wx-interface", "interface", "now-24h", interfaces()},
		{"wx-history", "historyboard", "now-2y", historyBoard()},
		{"wx-exporter", "exporter", "now-6h", exporter()},
	}
}

// shown is how many accounts a chart by account shows.
const shown = 10

func overview(l lang) []section {
	byAccount := func(m measure) string { return most(shown, m.perAccount(), m) }
	failureRatio := ratio(failures.perAccount(), callbacks.perAccount())
	return []section{
		{"", false, []drawer{
			problems(l),
			tile{box: box{"overview.followers", 4, 5, "locale"}, quantity: total(cumulateUsers), good: 1, still: 0.0005, board: "users"},
			tile{box: box{"overview.net", 4, 5, "locale"}, quantity: balance(newUsers, cancelUsers), good: 1, still: 0.5, board: "users"},
			tile{box: box{"overview.readers", 4, 5, "locale"}, quantity: total(publishAllReaders), good: 1, still: 0.02, board: "articles"},
			tile{box: box{"overview.messages", 4, 5, "locale"}, quantity: total(upstreamMsgs), good: 1, still: 0.02, board: "messages"},
			tile{box: box{"overview.failures", 4, 5, "locale"}, quantity: count(failures), good: -1, still: 20, board: "interface"},
			tile{box: box{"overview.ratio", 4, 5, "percentunit"}, quantity: rate(failures, callbacks), steps: ratioLevels(), good: -1, still: 0.5, board: "interface"},
			accountsTable(l),
			stacked{box{"overview.growth", 12, 8, "locale"}, most(shown, difference(newUsers.perAccount(), cancelUsers.perAccount()), newUsers), "account", ""},
			stacked{box{"overview.published", 12, 8, "locale"}, byAccount(publishAllReaders), "account", ""},
		}},
		{"overview.more", true, []drawer{
			curvesBy{box{"overview.cumulate", 12, 9, "locale"}, byAccount(cumulateUsers.by(near)), "account", "date", window, nil},
			stacked{box{"overview.msgs", 12, 9, "locale"}, byAccount(upstreamMsgs), "account", ""},
			stacked{box{"overview.failed", 12, 9, "locale"}, byAccount(failures), "account", ""},
			curvesBy{box{"overview.ratios", 12, 9, "percentunit"}, most(shown, ratio(failures.by(near).perAccount(), callbacks.by(near).perAccount()), failures.by(near)), "account", "date", window, nil},
			grid{box: box{"overview.ratiogrid", 24, 9, "percentunit"}, expr: most(20, failureRatio, failures), row: "account", column: "date", down: "account", wide: 160, steps: failingLevels()},
		}},
	}
}

// ages are the days since the newest days began.
func ages(match string) string {
	return "(time() - max by (account, api) (" + metric("wx_latest_date_timestamp_seconds", match) + ")) / 86400"
}

// everyDay are the APIs that have a row for every day.
const everyDay = `api=~"getusersummary|getusercumulate"`

// problems are firing alerts and, where the rules are not loaded, accounts that
// are late or whose last poll failed.
func problems(l lang) table {
	firing := func(account string) string {
		of := func(match string) string {
			return `max by (alertname, account, api, severity) (ALERTS{alertname=~"Wx.*", alertstate="firing", ` + account + match + `})`
		}
		return "(" + of(`, severity="critical"`) + " + 1 or " + of("") + ")" // critical ones come first
	}
	// Of alerts about accounts, those of the chosen exporters; they outlive a scrape that failed.
	lastly := func(series string) string { return "last_over_time(" + series + "[20m])" }
	chosen := lastly(metric("wx_api_state", `state="ok"`)) + " or " + lastly(metric("wx_latest_date_timestamp_seconds"))
	alerts := firing(`account=~"$account"`) + " and on (account) (" + chosen + ") or " + firing(`account=""`)
	say := func(vector, what string) string {
		return `label_replace(` + vector + `, "problem", "` + what + `", "", "")`
	}
	late := say("(max by (account) ("+ages(everyDay)+") > 3.6) * 0 + 1", "late") + ` unless on (account) ALERTS{alertname="WxDataLate", alertstate="firing"}`
	down := say("max by (account) ("+metric("wx_up")+") == 0", "failed") + ` unless on (account) ALERTS{alertname=~"WxTokenFailing|WxApiFailing", alertstate="firing"}`
	words := map[string]mapResult{"late": {orange, 0, "problem.late"}, "failed": {red, 1, "problem.failed"}}
	return table{box{"overview.problems", 24, 3, "none"}, []column{
		{label: "problem", name: "problem", words: words, codes: "alert", width: 420, url: chosenURL(l, "exporter")},
		{label: "account", name: "account", width: 200, url: accountURL(l, "exporter", "${__value.raw}")},
		{label: "api", name: "api", width: 240},
		{label: "severity", name: "severity"},
		{expr: `label_replace(` + alerts + `, "problem", "$1", "alertname", "(.*)") or ` + late + " or " + down, name: "current", hide: true},
		{label: "alertname", name: "alert", hide: true},
	}, "current", "fine"}
}

func accountsTable(l lang) table {
	up := map[string]mapResult{"0": {red, 0, "no"}, "1": {green, 1, "yes"}}
	to := func(key string) string {
		return accountURL(l, key, "${__data.fields[0]}")
	}
	latest := func(m measure) string { return m.latest() }
	return table{box{"overview.accounts", 24, 6, "locale"}, []column{
		{label: "account", name: "account", least: 150, url: to("users")},
		{expr: "max by (account) (" + metric("wx_up") + ")", name: "up", words: up, width: 120, url: to("exporter")},
		{label: "date", name: "newest", width: 120},
		{expr: "(time() - " + newest("getusercumulate") + ") / 86400", name: "age", unit: "d", steps: ageLevels(), width: 110},
		{expr: latest(cumulateUsers), name: "followers", width: 160, gauge: blue, url: to("users")},
		{expr: difference(newUsers.latest(), cancelUsers.latest()), name: "net", width: 120, url: to("users")},
		{expr: latest(publishAllReaders), name: "readers", width: 160, gauge: blue, url: to("articles")},
		{expr: latest(upstreamMsgs), name: "messages", width: 160, gauge: blue, url: to("messages")},
		{expr: latest(failures), name: "failures", width: 120, url: to("interface")},
		{expr: ratio(failures.latest(), callbacks.latest()), name: "ratio", unit: "percentunit", steps: ratioLevels(), width: 120, url: to("interface")},
	}, "followers", ""}
}

func users() []section {
	window30 := func(m measure) string { return "sum by (source) (" + m.once() + ")" }
	lastWeek := func(to, from int) string {
		return "sum by (source) (" + onDays(newUsers.once(), newUsers.api, to, from) + ")"
	}
	return []section{
		{"", false, []drawer{
			tile{box: box{"users.followers", 6, 5, "locale"}, quantity: total(cumulateUsers), good: 1, still: 0.0005},
			tile{box: box{"users.net", 6, 5, "locale"}, quantity: balance(newUsers, cancelUsers), good: 1, still: 0.5},
			tile{box: box{"users.new", 6, 5, "locale"}, quantity: total(newUsers), good: 1, still: 0.02},
			tile{box: box{"users.cancel", 6, 5, "locale"}, quantity: total(cancelUsers), good: -1, still: 0.02},
			curve{box: box{"users.cumulate", 12, 8, "locale"}, queries: []query{{cumulateUsers.by(near).wholeDays(), "followers", blue}}, span: window},
			bars{box{"users.both", 12, 8, "locale"}, []query{{newUsers.wholeDays(), "new", green}, {"0 - " + cancelUsers.wholeDays(), "cancel", orange}}, true},
			table{box{"users.sources", 12, 11, "locale"}, []column{
				{label: "source", name: "source", codes: "user_source", width: 200},
				{expr: window30(newUsers), name: "new", width: 100},
				{expr: window30(newUsers) + " / on () group_left () (sum(" + newUsers.once() + ") > 0)", name: "share", unit: "percentunit", gauge: blue},
				{expr: lastWeek(7, 0) + " / (" + lastWeek(14, 7) + " > 0) - 1", name: "change", unit: "percentunit", width: 140, steps: above(red, at{-0.1, plain}, at{0.1, green})},
				{expr: window30(newUsers) + " - " + window30(cancelUsers), name: "stayed", width: 110},
			}, "new", ""},
			stacked{box{"users.newby", 12, 11, "locale"}, newUsers.top(8, "source"), "source", "user_source"},
		}},
		{"users.lost", true, []drawer{
			stacked{box{"users.cancelby", 24, 9, "locale"}, cancelUsers.top(8, "source"), "source", "user_source"},
		}},
		{"history", true, []drawer{
			curve{box: box{"users.history", 24, 9, "locale"}, queries: []query{{newUsers.by(seen).perDay(), "new", green}, {cancelUsers.by(seen).perDay(), "cancel", orange}}, span: year},
			curve{box: box{"users.cumulatehistory", 24, 9, "locale"}, queries: []query{{cumulateUsers.by(seen).wholeDays(), "followers", blue}}, span: year},
		}},
	}
}

// weekdays are the calendar's.
func weekdays() map[string]mapResult {
	days := map[string]mapResult{}
	for i, d := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
		days[string(rune('1'+i))] = mapResult{Index: i, Text: d}
	}
	return days
}

// placed gives days the calendar's labels, and lets go of those it has not.
func placed(vector string, labels ...string) string {
	return vector + " * on (date) group_left (" + list(labels[1:], labels[0]) + ") (" + calendar() + " * 0 + 1)"
}

func messages() []section {
	return []section{
		{"", false, []drawer{
			tile{box: box{"messages.count", 8, 5, "locale"}, quantity: total(upstreamMsgs), good: 1, still: 0.02},
			tile{box: box{"messages.senders", 8, 5, "locale"}, quantity: total(upstreamSenders), good: 1, still: 0.02},
			tile{box: box{"messages.persender", 8, 5, "none"}, quantity: quotient(upstreamMsgs, upstreamSenders)},
			grid{box: box{"messages.weekdays", 12, 9, "locale"}, expr: "sum by (weekday, week) (" + placed(upstreamMsgs.wholeDays(), "weekday", "week") + ")",
				row: "weekday", column: "week", down: "weekday", words: weekdays(), color: "continuous-blues"},
			stacked{box{"messages.bytype", 12, 9, "locale"}, upstreamMsgs.wholeDays("type"), "type", "msg_type"},
			grid{box: box{"messages.hours", 24, 9, "locale"}, expr: "avg by (weekday, hour) (" + placed(upstreamHourlyMsgs.by(lately).perDay("hour"), "weekday") + ")",
				row: "weekday", column: "hour", down: "weekday", words: weekdays(), color: "continuous-blues"},
			stacked{box{"messages.dist", 12, 9, "locale"}, upstreamDist.wholeDays("interval"), "interval", "msg_interval"},
			table{box{"messages.types", 12, 9, "locale"}, []column{
				{label: "type", name: "type", codes: "msg_type", width: 180},
				{expr: "sum by (type) (" + upstreamMsgs.once() + ")", name: "messages", width: 140},
				{expr: "sum by (type) (" + upstreamMsgs.once() + ") / on () group_left () sum(" + upstreamMsgs.once() + ")", name: "share", unit: "percentunit", gauge: blue},
			}, "messages", ""},
		}},
		{"messages.periods", true, []drawer{
			stacked{box{"messages.weeks", 12, 9, "locale"}, upstreamWeekMsgs.perDay("type"), "type", "msg_type"},
			stacked{box{"messages.weekdist", 12, 9, "locale"}, upstreamWeekDist.perDay("interval"), "interval", "msg_interval"},
			stacked{box{"messages.months", 12, 9, "locale"}, upstreamMonthMsgs.perDay("type"), "type", "msg_type"},
			stacked{box{"messages.monthdist", 12, 9, "locale"}, upstreamMonthDist.perDay("interval"), "interval", "msg_interval"},
		}},
		{"history", true, []drawer{
			curve{box: box{"messages.history", 24, 9, "locale"}, queries: []query{{upstreamMsgs.by(seen).perDay(), "messages", blue}}, span: year},
		}},
	}
}

// failingLevels are those of WxCallbackFailureRatioHigh and, for hours, of
// WxCallbackFailingHours.
func failingLevels() []step { return above("transparent", at{0.05, orange}, at{0.2, red}) }

func interfaces() []section {
	around := func(m measure) string { return m.by(near).perDay() }
	return []section{
		{"", false, []drawer{
			tile{box: box{"interface.ratio", 8, 5, "percentunit"}, quantity: rate(failures, callbacks), steps: ratioLevels(), good: -1, still: 0.5},
			tile{box: box{"interface.failures", 4, 5, "locale"}, quantity: count(failures), good: -1, still: 20},
			tile{box: box{"interface.callbacks", 4, 5, "locale"}, quantity: total(callbacks)},
			tile{box: box{"interface.average", 4, 5, "ms"}, quantity: quotient(totalMs, callbacks), steps: latencyLevels(), good: -1, still: 20},
			tile{box: box{"interface.slowest", 4, 5, "ms"}, quantity: largest(maxMs)},
			curve{box: box{"interface.ratios", 12, 9, "percentunit"}, queries: []query{{ratio(around(failures), around(callbacks)), "ratio", blue}}, span: window,
				levels: above("transparent", at{0.05, red}), style: "bars", least: new(0.0), most: new(0.06)},
			curve{box: box{"interface.average30", 12, 9, "ms"}, queries: []query{{ratio(around(totalMs), around(callbacks)), "average", blue}}, span: window,
				levels: above("transparent", at{1500, red}), least: new(0.0)},
			grid{box: box{"interface.hourratio", 24, 5, "percentunit"}, expr: hourlyFailures.perDay("hour") + " / clamp_min(" + hourlyCallbacks.perDay("hour") + ", 50)",
				row: "date", column: "hour", down: "date", last: true, steps: failingLevels()},
			hours(box{"interface.hourfailures", 24, 5, "locale"}, hourlyFailures.perDay("hour"), nil, "continuous-blues"),
			bars{box{"interface.failed", 12, 8, "locale"}, []query{{failures.perDay(), "failures", orange}}, false},
			bars{box{"interface.all", 12, 8, "locale"}, []query{{callbacks.perDay(), "callbacks", blue}}, false},
		}},
		{"interface.details", true, []drawer{
			hours(box{"interface.hourcallbacks", 24, 5, "locale"}, hourlyCallbacks.perDay("hour"), nil, "continuous-blues"),
			hours(box{"interface.houraverage", 24, 5, "ms"}, ratio(hourlyTotalMs.perDay("hour"), hourlyCallbacks.perDay("hour")), above("transparent", at{500, orange}, at{1500, red}), ""),
			hours(box{"interface.hourslowest", 24, 5, "ms"}, hourlyMaxMs.maxPerDay("hour"), nil, "continuous-blues"),
			curve{box: box{"interface.slow", 12, 10, "ms"}, queries: []query{{maxMs.by(near).maxPerDay(), "slowest", purple}}, span: window, least: new(0.0)},
			table{box{"interface.table", 12, 10, "locale"}, []column{
				{label: "date", name: "date", width: 110},
				{label: "account", name: "account", width: 140},
				{expr: callbacks.perDay("account"), name: "callbacks", width: 110},
				{expr: failures.perDay("account"), name: "failures", width: 120},
				{expr: ratio(failures.perDay("account"), callbacks.perDay("account")), name: "ratio", unit: "percentunit", steps: ratioLevels(), width: 110},
				{expr: "max by (date, account) (" + metric("wx_interface_avg_ms") + ")", name: "average", unit: "ms", steps: latencyLevels(), width: 110},
			}, "date", ""},
		}},
		{"history", true, []drawer{
			curve{box: box{"interface.history", 24, 9, "locale"}, queries: []query{{failures.by(seen).perDay(), "failures", orange}}, span: year},
		}},
	}
}

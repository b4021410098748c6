package main

// board is a dashboard in no particular language.
type board struct {
	uid      string
	key      string
	from     string // begin of the time range
	accounts bool   // shows accounts, not only the exporter itself
	sections []section
}

// boards returns all dashboards. Those of days begin with a short range: their
// panels look at its end only, and old versions of Grafana round that down to a
// step, which grows with the range.
func boards() []board {
	return []board{
		{"wx-overview", "overview", "now-24h", true, overview()},
		{"wx-users", "users", "now-24h", true, users()},
		{"wx-messages", "messages", "now-24h", true, messages()},
		{"wx-articles", "articles", "now-24h", true, articles()},
		{"wx-interface", "interface", "now-24h", true, interfaces()},
		{"wx-exporter", "exporter", "now-6h", true, exporter()},
	}
}

// year is how far the panels of history reach.
const year = "1y"

func overview() []section {
	failureRatio := ratio(failures.perDay(), callbacks.perDay())
	return []section{
		{"overview.glance", false, []drawer{
			stat{box{"overview.followers", 4, 4, "locale"}, cumulateUsers.perDay(), blue, nil},
			stat{box{"overview.net", 4, 4, "locale"}, difference(newUsers.perDay(), cancelUsers.perDay()), "", growthLevels()},
			stat{box{"overview.messages", 4, 4, "locale"}, upstreamMsgs.perDay(), blue, nil},
			stat{box{"overview.failures", 4, 4, "locale"}, failures.perDay(), blue, nil},
			stat{box{"overview.ratio", 4, 4, "percentunit"}, failureRatio, "", ratioLevels()},
			figure{stat: stat{box{"overview.age", 4, 4, "d"}, maxAge(), "", ageLevels()}},
			accountsTable(),
			stacked{box{"overview.growth", 12, 9, "locale"}, difference(newUsers.perDay("account"), cancelUsers.perDay("account")), "account", "", ""},
			stacked{box{"overview.failed", 12, 9, "locale"}, failures.perDay("account"), "account", "", ""},
			ranking{box{"overview.ages", 12, 8, "d"}, "sort_desc(max by (account) (" + ages(`api=~"getusersummary|getusercumulate"`) + "))", ageLevels(), nil},
			stacked{box{"overview.msgs", 12, 8, "locale"}, upstreamMsgs.perDay("account"), "account", "", ""},
		}},
		{"overview.more", true, []drawer{
			linesBy{box{"overview.cumulate", 12, 9, "locale"}, cumulateUsers.perDay("account"), "account"},
			stacked{box{"overview.ratios", 12, 9, "percentunit"}, ratio(failures.perDay("account"), callbacks.perDay("account")), "account", "", "none"},
			stacked{box{"overview.readers", 12, 9, "locale"}, reads("int_page_users").perDay("account"), "account", "", ""},
			stacked{box{"overview.published", 12, 9, "locale"}, publishAllReaders.perDay("account"), "account", "", ""},
		}},
	}
}

// ages are the days since the newest days began.
func ages(match string) string {
	return "(time() - max by (account, api) (" + metric("wx_latest_date_timestamp_seconds", match) + ")) / 86400"
}

// maxAge judges by the APIs that have a row for every day.
func maxAge() string { return "max(" + ages(`api=~"getusersummary|getusercumulate"`) + ")" }

func accountsTable() table {
	up := map[string]mapResult{"0": {red, 0, "no"}, "1": {green, 1, "yes"}}
	return table{box{"overview.accounts", 24, 8, "locale"}, []column{
		{label: "account", name: "account", width: 160},
		{expr: "max by (account) (" + metric("wx_up") + ")", name: "up", words: up, width: 90},
		{expr: "max by (account) (" + ages(`api=~"getusersummary|getusercumulate"`) + ")", name: "age", unit: "d", steps: ageLevels()},
		{expr: cumulateUsers.latest("getusercumulate"), name: "followers"},
		{expr: newUsers.latest("getusersummary"), name: "new"},
		{expr: cancelUsers.latest("getusersummary"), name: "cancel"},
		{expr: difference(newUsers.latest("getusersummary"), cancelUsers.latest("getusersummary")), name: "net", steps: growthLevels()},
		{expr: upstreamMsgs.latest("getupstreammsg"), name: "messages"},
		{expr: callbacks.latest("getinterfacesummary"), name: "callbacks"},
		{expr: failures.latest("getinterfacesummary"), name: "failures"},
		{expr: ratio(failures.latest("getinterfacesummary"), callbacks.latest("getinterfacesummary")), name: "ratio", unit: "percentunit", steps: ratioLevels()},
	}, "followers"}
}

func users() []section {
	net := difference(newUsers.perDay(), cancelUsers.perDay())
	return []section{
		{"users.growth", false, []drawer{
			stat{box{"users.followers", 6, 4, "locale"}, cumulateUsers.perDay(), blue, nil},
			stat{box{"users.new", 6, 4, "locale"}, newUsers.perDay(), green, nil},
			stat{box{"users.cancel", 6, 4, "locale"}, cancelUsers.perDay(), red, nil},
			stat{box{"users.net", 6, 4, "locale"}, net, "", growthLevels()},
			bars{box{"users.both", 12, 9, "locale"}, []query{{newUsers.perDay(), "new", green}, {cancelUsers.perDay(), "cancel", red}}},
			bars{box{"users.nets", 12, 9, "locale"}, []query{{net, "net", blue}}},
			lines{box{"users.cumulate", 24, 8, "locale"}, []query{{cumulateUsers.perDay(), "followers", blue}}, ""},
		}},
		{"users.sources", true, []drawer{
			stacked{box{"users.newby", 16, 9, "locale"}, newUsers.perDay("source"), "source", "user_source", ""},
			pie{box{"users.newpie", 8, 9, "locale"}, "sort_desc(sum by (source) (" + newUsers.once() + "))", "source", "user_source"},
			stacked{box{"users.cancelby", 16, 9, "locale"}, cancelUsers.perDay("source"), "source", "user_source", ""},
			pie{box{"users.cancelpie", 8, 9, "locale"}, "sort_desc(sum by (source) (" + cancelUsers.once() + "))", "source", "user_source"},
			table{box{"users.table", 24, 10, "locale"}, []column{
				{label: "date", name: "date", width: 120},
				{label: "account", name: "account"},
				{label: "source", name: "source", codes: "user_source"},
				{expr: newUsers.perDay("account", "source"), name: "new"},
				{expr: cancelUsers.perDay("account", "source"), name: "cancel"},
			}, "date"},
		}},
		{"history", true, []drawer{
			lines{box{"users.history", 24, 9, "locale"}, []query{{newUsers.history(), "new", green}, {cancelUsers.history(), "cancel", red}}, year},
			lines{box{"users.cumulatehistory", 24, 9, "locale"}, []query{{cumulateUsers.history(), "followers", blue}}, year},
		}},
	}
}

func messages() []section {
	return []section{
		{"messages.days", false, []drawer{
			stat{box{"messages.count", 8, 4, "locale"}, upstreamMsgs.perDay(), blue, nil},
			stat{box{"messages.senders", 8, 4, "locale"}, upstreamSenders.perDay(), blue, nil},
			stat{box{"messages.persender", 8, 4, "none"}, ratio(upstreamMsgs.perDay(), upstreamSenders.perDay()), purple, nil},
			stacked{box{"messages.bytype", 12, 9, "locale"}, upstreamMsgs.perDay("type"), "type", "msg_type", ""},
			stacked{box{"messages.usersbytype", 12, 9, "locale"}, upstreamUsers.perDay("type"), "type", "msg_type", "none"},
			stacked{box{"messages.dist", 12, 9, "locale"}, upstreamDist.perDay("interval"), "interval", "msg_interval", ""},
			pie{box{"messages.types", 12, 9, "locale"}, "sort_desc(sum by (type) (" + upstreamMsgs.once() + "))", "type", "msg_type"},
			hours{box{"messages.hours", 24, 6, "locale"}, upstreamHourlyMsgs.perDay("hour"), nil, "continuous-blues"},
		}},
		{"messages.periods", true, []drawer{
			stacked{box{"messages.weeks", 12, 9, "locale"}, upstreamWeekMsgs.perDay("type"), "type", "msg_type", ""},
			stacked{box{"messages.weekusers", 12, 9, "locale"}, upstreamWeekUsers.perDay("type"), "type", "msg_type", "none"},
			stacked{box{"messages.weekdist", 12, 9, "locale"}, upstreamWeekDist.perDay("interval"), "interval", "msg_interval", ""},
			stacked{box{"messages.months", 12, 9, "locale"}, upstreamMonthMsgs.perDay("type"), "type", "msg_type", ""},
			stacked{box{"messages.monthusers", 12, 9, "locale"}, upstreamMonthUsers.perDay("type"), "type", "msg_type", "none"},
			stacked{box{"messages.monthdist", 12, 9, "locale"}, upstreamMonthDist.perDay("interval"), "interval", "msg_interval", ""},
		}},
		{"history", true, []drawer{
			lines{box{"messages.history", 24, 9, "locale"}, []query{{upstreamMsgs.history(), "messages", blue}}, year},
		}},
	}
}

func interfaces() []section {
	failureRatio := ratio(failures.perDay(), callbacks.perDay())
	average := ratio(totalMs.perDay(), callbacks.perDay())
	return []section{
		{"interface.days", false, []drawer{
			stat{box{"interface.callbacks", 5, 4, "locale"}, callbacks.perDay(), blue, nil},
			stat{box{"interface.failures", 5, 4, "locale"}, failures.perDay(), blue, nil},
			stat{box{"interface.ratio", 5, 4, "percentunit"}, failureRatio, "", ratioLevels()},
			stat{box{"interface.average", 5, 4, "ms"}, average, "", latencyLevels()},
			stat{box{"interface.slowest", 4, 4, "ms"}, maxMs.maxPerDay(), purple, nil},
			bars{box{"interface.both", 12, 9, "locale"}, []query{{callbacks.perDay(), "callbacks", blue}, {failures.perDay(), "failures", red}}},
			stacked{box{"interface.failed", 12, 9, "locale"}, failures.perDay("account"), "account", "", ""},
			bars{box{"interface.ratios", 12, 8, "percentunit"}, []query{{failureRatio, "ratio", red}}},
			lines{box{"interface.latency", 12, 8, "ms"}, []query{{average, "average", blue}, {maxMs.maxPerDay(), "slowest", purple}}, ""},
		}},
		{"interface.hours", false, []drawer{
			hours{box{"interface.hourfailures", 24, 6, "locale"}, hourlyFailures.perDay("hour"), above("transparent", at{1, orange}, at{10, red}), ""},
			hours{box{"interface.hourratio", 24, 6, "percentunit"}, ratio(hourlyFailures.perDay("hour"), hourlyCallbacks.perDay("hour")), above("transparent", at{0.01, orange}, at{0.2, red}), ""},
		}},
		{"interface.details", true, []drawer{
			hours{box{"interface.hourcallbacks", 24, 6, "locale"}, hourlyCallbacks.perDay("hour"), nil, "continuous-blues"},
			hours{box{"interface.houraverage", 24, 6, "ms"}, ratio(hourlyTotalMs.perDay("hour"), hourlyCallbacks.perDay("hour")), nil, "continuous-GrYlRd"},
			hours{box{"interface.hourslowest", 24, 6, "ms"}, hourlyMaxMs.maxPerDay("hour"), nil, "continuous-GrYlRd"},
			table{box{"interface.table", 24, 10, "locale"}, []column{
				{label: "date", name: "date", width: 120},
				{label: "account", name: "account"},
				{expr: callbacks.perDay("account"), name: "callbacks"},
				{expr: failures.perDay("account"), name: "failures"},
				{expr: ratio(failures.perDay("account"), callbacks.perDay("account")), name: "ratio", unit: "percentunit", steps: ratioLevels()},
				{expr: "max by (date, account) (" + metric("wx_interface_avg_ms") + ")", name: "average", unit: "ms", steps: latencyLevels()},
				{expr: maxMs.maxPerDay("account"), name: "slowest", unit: "ms"},
			}, "date"},
		}},
		{"history", true, []drawer{
			lines{box{"interface.history", 24, 9, "locale"}, []query{{callbacks.history(), "callbacks", blue}, {failures.history(), "failures", red}}, year},
		}},
	}
}

package main

func users() []section {
	window30 := func(m measure) string { return "sum by (source) (" + m.once() + ")" }
	lastWeek := func(to, from int) string {
		return "sum by (source) (" + onDays(newUsers.once(), newUsers.api, to, from) + ")"
	}
	return []section{
		{"", false, []drawer{
			tile{box: box{"users.followers", 6, 5, "locale"}, quantity: total(cumulateUsers), good: 1},
			tile{box: box{"users.net", 6, 5, "locale"}, quantity: balance(newUsers, cancelUsers), good: 1},
			tile{box: box{"users.new", 6, 5, "locale"}, quantity: total(newUsers), good: 1, still: 2},
			tile{box: box{"users.cancel", 6, 5, "locale"}, quantity: total(cancelUsers), good: -1, still: 2},
			curve{box: box{"users.cumulate", 12, 8, "locale"}, queries: []query{{cumulateUsers.by(near).wholeDays(), "followers", blue}}, span: window},
			bars{box{"users.both", 12, 8, "locale"}, []query{{newUsers.wholeDays(), "new", green}, {"0 - " + cancelUsers.wholeDays(), "cancel", orange}}, true, ""},
			table{box{"users.sources", 12, 11, "locale"}, []column{
				{label: "source", name: "source", codes: "user_source", width: 185},
				{expr: window30(newUsers), name: "new", width: 70},
				{expr: window30(newUsers) + " / on () group_left () (sum(" + newUsers.once() + ") > 0)", name: "share", unit: "percentunit", gauge: blue},
				{expr: lastWeek(7, 0) + " / (" + lastWeek(14, 7) + " > 0) - 1", name: "inaweek", unit: "percentunit", width: 95, steps: above(red, at{-0.1, plain}, at{0.1, green})},
				{expr: window30(newUsers) + " - " + window30(cancelUsers), name: "stayed", width: 70},
			}, "new", nil},
			stacked{box{"users.newby", 12, 11, "locale"}, newUsers.top(8, "source"), "source", "user_source", false, ""},
		}},
		{"users.lost", true, []drawer{
			stacked{box{"users.cancelby", 24, 9, "locale"}, cancelUsers.top(8, "source"), "source", "user_source", false, ""},
		}},
		{"history", true, []drawer{
			bars{box{"users.history", 24, 9, "locale"}, []query{{newUsers.overYear().wholeDays(), "new", green}, {"0 - " + cancelUsers.overYear().wholeDays(), "cancel", orange}}, true, year},
		}},
	}
}

// weekdays are the calendar's.
func weekdays() map[string]mapResult {
	days := map[string]mapResult{"0": {Index: 0, Text: "alldays"}}
	for i, d := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
		days[string(rune('1'+i))] = mapResult{Index: i + 1, Text: d}
	}
	return days
}

// placed gives days the calendar's labels, and lets go of those it has not.
func placed(vector string, labels ...string) string {
	return vector + " * on (date) group_left (" + list(labels[1:], labels[0]) + ") (" + calendar(40) + " * 0 + 1)"
}

// hoursOfWeek is the average of every hour by weekday and, as the weekday 0, of all
// days together: that says when people write before every weekday has been seen.
func hoursOfWeek(vector string) string {
	// A day is divided by how often its weekday was seen: an hour without messages has no figure.
	days := func(by string) string { return "count" + by + " (group by (date, weekday) (" + vector + "))" }
	return weekdayHours("(sum by (weekday, hour) ("+vector+") / on (weekday) group_left () "+days(" by (weekday)")+")") +
		" or " + labelled("sum by (hour) ("+vector+") / on () group_left () "+days(""), "weekday", "0")
}

func messages() []section {
	return []section{
		{"", false, []drawer{
			tile{box: box{"messages.count", 8, 5, "locale"}, quantity: total(upstreamMsgs), good: 1, still: 2},
			tile{box: box{"messages.senders", 8, 5, "locale"}, quantity: total(upstreamSenders), good: 1, still: 2},
			tile{box: box{"messages.persender", 8, 5, "none"}, quantity: quotient(upstreamMsgs, upstreamSenders)},
			grid{box: box{"messages.weekdays", 12, 9, "locale"}, expr: "sum by (weekday, week) (" + placed(upstreamMsgs.wholeDays(), "weekday", "week") + ")",
				row: "weekday", column: "week", down: "weekday", words: weekdays(), color: "continuous-blues"},
			stacked{box{"messages.bytype", 12, 9, "locale"}, upstreamMsgs.wholeDays("type"), "type", "msg_type", false, ""},
			grid{box: box{"messages.hours", 24, 9, "locale"}, expr: hoursOfWeek(placed(upstreamHourlyMsgs.by(lately).perDay("hour"), "weekday")),
				row: "weekday", column: "hour", down: "weekday", zeros: true, words: weekdays(), color: "continuous-blues"},
			stacked{box{"messages.dist", 12, 9, "locale"}, upstreamDist.wholeDays("interval"), "interval", "msg_interval", false, "senders"},
			table{box{"messages.types", 12, 9, "locale"}, []column{
				{label: "type", name: "type", codes: "msg_type", width: 180},
				{expr: "sum by (type) (" + upstreamMsgs.once() + ")", name: "messages", width: 140},
				{expr: "sum by (type) (" + upstreamMsgs.once() + ") / on () group_left () sum(" + upstreamMsgs.once() + ")", name: "share", unit: "percentunit", gauge: blue},
			}, "messages", nil},
		}},
		{"messages.periods", true, []drawer{
			stacked{box{"messages.weeks", 12, 9, "locale"}, upstreamWeekMsgs.wholeDays("type"), "type", "msg_type", false, ""},
			stacked{box{"messages.weekdist", 12, 9, "locale"}, upstreamWeekDist.wholeDays("interval"), "interval", "msg_interval", false, "senders"},
			months(box{"messages.months", 12, 7, "locale"}, upstreamMonthMsgs, "type", "msg_type"),
			months(box{"messages.monthdist", 12, 7, "locale"}, upstreamMonthDist, "interval", "msg_interval"),
		}},
		{"history", true, []drawer{
			bars{box{"messages.history", 24, 9, "locale"}, []query{{upstreamMsgs.overYear().wholeDays(), "messages", blue}}, false, year},
		}},
	}
}

// months has a column for each of the newest twelve months that Prometheus has seen,
// which are one or two at first: bars would be as wide as the panel.
func months(b box, m measure, by, codes string) drawer {
	yearly := func(series string) string { return "(" + series + " or last_over_time(" + series + "[1y:12h]))" }
	m = m.by(yearly)
	down := by
	if by == "account" {
		down = "anyaccount"
	}
	return grid{box: b, expr: m.wholeDays(by) + " and on (date) topk(12, max by (date) (" + yearly(metric("wx_day_timestamp_seconds")) + ") and on (date) " + m.perDay() + ")",
		row: by, column: "date", years: true, down: down, codes: codes, wide: 175, color: "continuous-blues"}
}

// failingLevels are those of WxCallbackFailureRatioHigh and, for hours, of
// WxCallbackFailingHours.
func failingLevels() []step { return above("transparent", at{0.05, orange}, at{0.2, red}) }

// hourLevels are the same for text.
func hourLevels() []step { return above(blue, at{0.05, orange}, at{0.2, red}) }

func interfaces() []section {
	around := func(m measure) string { return m.by(near).perDay() }
	return []section{
		{"", false, []drawer{
			figure{box: box{"interface.worst", 4, 5, "percentunit"}, expr: "max(" + hourlyRatio("account") + ")", steps: hourLevels()},
			tile{box: box{"interface.ratio", 4, 5, "percentunit"}, quantity: rate(failures, callbacks), steps: ratioLevels(), good: -1, still: 0.5},
			tile{box: box{"interface.failures", 4, 5, "locale"}, quantity: count(failures), good: -1, still: 20},
			tile{box: box{"interface.callbacks", 4, 5, "locale"}, quantity: total(callbacks)},
			tile{box: box{"interface.average", 4, 5, ms}, quantity: quotient(totalMs, callbacks), steps: latencyLevels(), good: -1, still: 20},
			tile{box: box{"interface.slowest", 4, 5, ms}, quantity: largest(maxMs), single: true},
			curve{box: box{"interface.ratios", 12, 9, "percentunit"}, queries: []query{{ratio(around(failures), around(callbacks)), "ratio", blue}}, span: window,
				levels: above("transparent", at{0.05, red}), style: "bars", least: new(0.0), most: new(0.06)},
			curve{box: box{"interface.average30", 12, 9, ms}, queries: []query{{ratio(around(totalMs), around(callbacks)), "average", blue}}, span: window,
				levels: above("transparent", at{1500, red}), least: new(0.0), most: new(1600.0)},
			grid{box: box{"interface.hourratio", 24, 5, "percentunit"}, expr: dayHours(hourlyRatio(), "0"), zeros: true,
				row: "date", column: "hour", down: "date", last: true, steps: failingLevels()},
			hours(box{"interface.hourfailures", 24, 5, "locale"}, hourlyFailures.perDay("hour"), "continuous-blues"),
			bars{box{"interface.failed", 12, 8, "locale"}, []query{{failures.wholeDays(), "failures", orange}}, false, ""},
			bars{box{"interface.all", 12, 8, "locale"}, []query{{callbacks.wholeDays(), "callbacks", blue}}, false, ""},
		}},
		{"interface.details", true, []drawer{
			hours(box{"interface.hourcallbacks", 24, 5, "locale"}, hourlyCallbacks.perDay("hour"), "continuous-blues"),
			times(box{"interface.houraverage", 24, 5, "locale"}, ratio(hourlyTotalMs.perDay("hour"), hourlyCallbacks.perDay("hour")), above("transparent", at{500, orange}, at{1500, red}), ""),
			times(box{"interface.hourslowest", 24, 5, "locale"}, hourlyMaxMs.maxPerDay("hour"), nil, "continuous-blues"),
			curve{box: box{"interface.slow", 12, 10, ms}, queries: []query{{maxMs.by(near).maxPerDay(), "slowest", purple}}, span: window, least: new(0.0)},
			table{box{"interface.table", 12, 10, "locale"}, []column{
				{label: "date", name: "date", width: 100},
				{label: "account", name: "account", search: true, least: 160},
				{expr: callbacks.perDay("account"), name: "callbacks", width: 100},
				{expr: failures.perDay("account"), name: "failed", width: 80},
				{expr: ratio(failures.perDay("account"), callbacks.perDay("account")), name: "ratio", unit: "percentunit", steps: ratioLevels(), width: 118},
				{expr: "max by (date, account) (" + metric("wx_interface_avg_ms") + ")", name: "average", unit: ms, steps: latencyLevels(), width: 90},
			}, "date", nil},
		}},
		{"history", true, []drawer{
			bars{box{"interface.history", 24, 9, "locale"}, []query{{failures.overYear().wholeDays(), "failures", orange}}, false, year},
		}},
	}
}

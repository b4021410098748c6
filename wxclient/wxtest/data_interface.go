package wxtest

import (
	"math"

	"github.com/wxexporter/wx_exporter/calendar"
)

// WeChat gives up on a callback after five seconds.
const callbackLimit = 5000 // ms

// callbacks counts WeChat's calls of the account's own server.
type callbacks struct{ calls, failures, total, longest int64 } // total and longest in ms

// callbacks returns the callbacks of a day by hour: one for every message, and
// those for menus, follows and the like.
func (a *account) callbacks(d calendar.Day) [24]callbacks {
	r := a.dice(topicCallbacks, d, 0)
	events := a.people(d) * 0.03 * messageWeek[d.Weekday()] * r.between(0.85, 1.2)
	failing := r.between(0.0004, 0.003)
	latency := r.between(70, 140)
	spike := a.spike(d)
	bad := a.badHour(d)
	var day [24]callbacks
	for h, types := range a.messages(d) {
		c := &day[h]
		c.calls = r.count(events * dayCurve[h] * r.between(0.8, 1.2))
		for _, t := range types {
			c.calls += t.msgs
		}
		c.failures = r.count(float64(c.calls) * failing)
		if spike != 1 {
			expected := max(float64(c.failures), float64(c.calls)*failing)
			c.failures = int64(math.Round(expected * spike))
		}
		if h == bad.hour {
			c.failures = max(c.failures, int64(float64(c.calls)*bad.share))
		}
		c.failures = min(c.failures, c.calls)
		// The few failures of every day are quick refusals; those of a spike
		// or a bad hour have lasted to the limit.
		each := latency * (1 + 6*dayCurve[h]) * r.between(0.9, 1.15)
		c.total = int64(float64(c.calls) * each)
		c.longest = int64(each * r.between(2, 12))
		over := int64(r.intN(20))
		if (spike > 1 || h == bad.hour) && c.failures > 0 {
			c.total = int64(float64(c.calls-c.failures)*each) + c.failures*callbackLimit
			c.longest = callbackLimit + over
		}
	}
	return day
}

func (c callbacks) fields() row {
	return row{
		{"callback_count", count(c.calls)}, {"fail_count", count(c.failures)},
		{"total_time_cost", count(c.total)}, {"max_time_cost", count(c.longest)},
	}
}

func (a *account) interfaceRows(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	var sum callbacks
	for _, c := range a.callbacks(d) {
		if c.calls > 0 {
			sum.calls += c.calls
			sum.failures += c.failures
			sum.total += c.total
			sum.longest = max(sum.longest, c.longest)
		}
	}
	if sum.calls == 0 {
		return nil
	}
	return []row{append(row{{"ref_date", d.String()}}, sum.fields()...)}
}

func (a *account) interfaceHourRows(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	var rows []row
	date := d.String()
	for h, c := range a.callbacks(d) {
		if c.calls > 0 {
			rows = append(rows, append(row{{"ref_date", date}, {"ref_hour", hour(h)}}, c.fields()...))
		}
	}
	return rows
}

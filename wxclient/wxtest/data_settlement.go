package wxtest

import (
	"fmt"

	"github.com/wxexporter/wx_exporter/calendar"
)

// WeChat settles half a month: its first 15 days, and the rest.

// half returns the day after the half-month that begins on d, and whether one does.
func half(d calendar.Day) (end calendar.Day, begins bool) {
	switch first := d.FirstOfMonth(); d {
	case first:
		return d + 15, true
	case first + 15:
		return d.NextMonth(), true
	}
	return 0, false
}

// halfOf returns the first day of the half-month of d.
func halfOf(d calendar.Day) calendar.Day {
	if first := d.FirstOfMonth(); d < first+15 {
		return first
	}
	return d.FirstOfMonth() + 15
}

// The days after the end of a half-month on which it is there, settled, being paid
// and paid.
var settling = [...]struct {
	after  calendar.Day
	status int
}{{20, 5}, {15, 4}, {10, 3}, {5, 1}}

// sett_status; 0: it is not there yet.
func settlementStatus(end calendar.Day, ready readiness) int {
	for _, s := range settling {
		if ready(end - 1 + s.after) {
			return s.status
		}
	}
	return 0
}

// settled is the half-month that begins on d.
func (a *account) settled(d calendar.Day, ready readiness) []row {
	end, begins := half(d)
	if !begins {
		return nil
	}
	status := settlementStatus(end, ready)
	if status == 0 {
		return nil
	}
	var total count
	var parts []row
	for i, s := range a.slots() {
		n := count(a.paid(d, end, i, s))
		total += n
		parts = append(parts, row{{"slot_id", s.name}, {"slot_settled_revenue", n}})
	}
	order := 1
	if d != d.FirstOfMonth() {
		order = 2
	}
	at := d.Start()
	zone := fmt.Sprintf("%d年%02d月%02d日至%02d日", at.Year(), at.Month(), at.Day(), (end - 1).Start().Day())
	return []row{{
		{"date", (end + 9).String()}, {"zone", zone}, {"month", compacted(d)[:len("200601")]}, {"order", order},
		{"sett_status", status}, {"settled_revenue", total}, {"slot_revenue", parts},
	}}
}

// paid is what a slot earned in a half-month, after what WeChat takes back.
func (a *account) paid(d, end calendar.Day, i int, s place) (fen int64) {
	for ; d < end; d++ {
		fen += a.earned(d, i, s).income
	}
	return fen * 97 / 100
}

// settledWithin returns every half-month that overlaps the days.
func (a *account) settledWithin(begin, end calendar.Day, ready readiness) (rows []row) {
	for d := halfOf(begin); d <= end; d++ {
		rows = append(rows, a.settled(d, ready)...)
	}
	return rows
}

// settledTotals stand beside the list: of all half-months since the account shows ads.
func (a *account) settledTotals(ready readiness) row {
	var all, paid count
	for d := anchor; ; {
		end, _ := half(d)
		status := settlementStatus(end, ready)
		if status == 0 {
			break
		}
		for i, s := range a.slots() {
			n := count(a.paid(d, end, i, s))
			all += n
			if status > 1 {
				paid += n
			}
		}
		d = end
	}
	return row{{"body", "有限公司"}, {"penalty_all", all / 100}, {"revenue_all", all}, {"settled_revenue_all", paid}}
}

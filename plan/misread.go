package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// Misreading is what of an API's answers could not be read. It is a value.
//
// Days of which something is missing are asked for again with the pauses of a failure,
// one request for each pause, while other days go on as planned.
type Misreading struct {
	Err      *wxclient.Error            `json:"err,omitempty"` // nil: no day of the window lacks anything
	Began    time.Time                  `json:"began,omitzero"`
	Failures int                        `json:"failures,omitempty"`  // in a row
	RetryAt  time.Time                  `json:"retry_at,omitzero"`   //
	Days     map[calendar.Day]time.Time `json:"days,omitempty"`      // that lack something, and when they were asked for
	Lacks    string                     `json:"lacks,omitempty"`     // what the last answer with a fault lacked
	LacksEnd calendar.Day               `json:"lacks_end,omitempty"` // the newest day that it was asked for
}

// After is the misreading after an answer to a request, of which days lack something.
// oldest is the first day of the window: no failure is what lies before it. jitter is
// as in pause.until.
func (m Misreading) After(r wxclient.Request, answer collector.Answer, days []calendar.Day, oldest calendar.Day, now time.Time, jitter float64) Misreading {
	all, mended := map[calendar.Day]time.Time{}, false
	for d, asked := range m.Days {
		if d < r.Begin || d > r.End {
			all[d] = asked
		} else {
			mended = len(days) == 0
		}
	}
	for _, d := range days {
		all[d] = now
	}
	m.Days = all
	switch lacks := Lacking(answer); {
	case lacks != "":
		m.Lacks, m.LacksEnd = lacks, r.End
	case r.End >= m.LacksEnd:
		m.Lacks, m.LacksEnd = "", 0
	}
	failed := slices.ContainsFunc(days, func(d calendar.Day) bool { return d >= oldest })
	switch {
	case failed:
		if m.Err == nil {
			m.Began = now
		}
		m.Err = misread(r.API, answer)
		m.Failures++
		m.RetryAt = policies[m.Err.Action].pause.until(m.Failures, now, jitter)
	case mended:
		m.Failures, m.RetryAt = 0, now // what else is lacking may be readable now, too
	}
	return m.Within(oldest, now)
}

// Within is the misreading without the days that are no longer asked for: before the
// window, those that the backfill has not asked for on the last day. It forgets those with
// which the window has grown, too: they are asked for like any other day.
func (m Misreading) Within(oldest calendar.Day, now time.Time) Misreading {
	m.Days = maps.Clone(m.Days)
	maps.DeleteFunc(m.Days, func(d calendar.Day, asked time.Time) bool {
		return d >= oldest && m.Err == nil || d < oldest && now.Sub(asked) > 24*time.Hour
	})
	lacking := false
	for d := range m.Days {
		lacking = lacking || d >= oldest
	}
	if !lacking {
		m.Err, m.Began, m.Failures, m.RetryAt = nil, time.Time{}, 0, time.Time{}
	}
	return m
}

// tried is the misreading whose days are asked for at once.
func (m Misreading) tried(now time.Time) Misreading {
	if !m.RetryAt.IsZero() {
		m.RetryAt = now
	}
	return m
}

// mostMisfits is how many fields an error names.
const mostMisfits = 3

// misread is the error of an answer of which rows could not be read. It names no
// numbers, so that what is the same for many accounts is told once.
func misread(api string, answer collector.Answer) *wxclient.Error {
	var why []string
	for _, m := range answer.Misfits[:min(len(answer.Misfits), mostMisfits)] {
		why = append(why, m.String())
	}
	return &wxclient.Error{
		API: api, Code: "invalid", Action: wxclient.Invalid,
		Message: "rows of the answer cannot be read: " + strings.Join(why, ", "),
		Advice:  "WeChat, or a gateway in between, writes the answer in a new way: see whether a newer version of the exporter reads it, else report the field.",
	}
}

// Lacking says what of an answer could not be read; "" if all could.
func Lacking(answer collector.Answer) string {
	rows := 0
	for _, n := range answer.Unread {
		rows += n
	}
	var why []string
	for _, m := range answer.Misfits[:min(len(answer.Misfits), mostMisfits)] {
		why = append(why, fmt.Sprintf("%s in %d", m, m.Times))
	}
	if len(why) == 0 {
		return ""
	}
	return fmt.Sprintf("%d rows lost, %d fields left out: %s", rows, answer.Fields, strings.Join(why, ", "))
}

package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// TestMisreading follows the days of which something could not be read: how long the
// pauses are, and when it is over.
func TestMisreading(t *testing.T) {
	const api, spoilt, good = "getusercumulate", `{"ref_date":"2026-11-%02d","cumulate_user":{}}`, `{"ref_date":"2026-11-%02d","cumulate_user":1}`
	november := func(n int) calendar.Day { return calendartest.Day(t, "2026-11-01") + calendar.Day(n-1) }
	now, oldest := calendartest.At(t, "2026-11-21 09:00"), november(15)
	var m Misreading
	for i, step := range []struct {
		row   string
		day   int
		days  string        // afterwards
		pause time.Duration // 0: no failure
		lacks int           // the day of what is lacking; 0: none
	}{
		{good, 20, "", 0, 0},
		{spoilt, 20, "20", 5 * time.Minute, 20},
		{spoilt, 20, "20", 10 * time.Minute, 20},
		{good, 18, "20", 9 * time.Minute, 20},
		{spoilt, 19, "19 20", 20 * time.Minute, 19},
		{good, 20, "19", 0, 0},
		{spoilt, 19, "19", 5 * time.Minute, 19},
		{good, 19, "", 0, 0},
		{spoilt, 10, "10", 0, 10},
		{good, 10, "", 0, 0},
	} {
		now = now.Add(time.Minute)
		rows := []json.RawMessage{json.RawMessage(fmt.Sprintf(step.row, step.day))}
		date := november(step.day)
		answer := apiNamed(t, api).Split(rows, date.String(), date.String(), 0)
		var misread []calendar.Day
		if step.row == spoilt {
			misread = append(misread, date)
		}
		began := m.Began
		m = m.After(wxclient.Request{API: api, Begin: date, End: date}, answer, misread, oldest, now, 0)
		var left []string
		for _, d := range slices.Sorted(maps.Keys(m.Days)) {
			left = append(left, d.String()[8:])
		}
		if got := strings.Join(left, " "); got != step.days {
			t.Errorf("step %d: the days %q, want %q", i, got, step.days)
		}
		inWindow := step.days != "" && step.days != "10"
		if (m.Err != nil) != inWindow || !began.IsZero() && inWindow && !m.Began.Equal(began) {
			t.Errorf("step %d: the error %v since %s", i, m.Err, m.Began)
		}
		if pause := max(m.RetryAt.Sub(now), 0); pause != step.pause {
			t.Errorf("step %d: a pause of %s, want %s", i, pause, step.pause)
		}
		if (m.Lacks != "") != (step.lacks != 0) || step.lacks != 0 && m.LacksEnd != november(step.lacks) {
			t.Errorf("step %d: it lacks %q of %s", i, m.Lacks, m.LacksEnd)
		}
	}
	m = Misreading{Days: map[calendar.Day]time.Time{november(10): now}}
	if n := len(m.Within(oldest, now.Add(23*time.Hour)).Days); n != 1 {
		t.Errorf("%d days before the window on the same day", n)
	}
	if n := len(m.Within(oldest, now.Add(25*time.Hour)).Days); n != 0 {
		t.Errorf("%d days before the window a day later", n)
	}
	if n := len(m.Within(november(10), now.Add(time.Hour)).Days); n != 0 {
		t.Errorf("%d days that the window has grown by", n)
	}
}

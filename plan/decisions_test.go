package plan

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// TestMerge: which days an answer leads to, final (f) or open (o), with which
// rows, and after ? those of which something could not be read. have is what was kept, written the same way; fetched the day before.
func TestMerge(t *testing.T) {
	const noon = "2026-11-21 12:00"
	daily := func(date string, n int) string {
		return fmt.Sprintf(`{"ref_date":"2026-%s","msg_type":1,"msg_count":%d}`, date, n)
	}
	second := func(date string) string { return strings.Replace(daily(date, 5), `"msg_type":1`, `"msg_type":2`, 1) }
	spoilt := func(date string) string {
		return strings.Replace(daily(date, 5), `"msg_type":1`, `"msg_type":"text"`, 1)
	}
	biz := func(date string) string { return fmt.Sprintf(`{"ref_date":"2026-%s","detail":{"read_user":3}}`, date) }
	total := func(date string, stats ...string) string {
		var details []string
		for _, s := range stats {
			details = append(details, `{"stat_date":"2026-`+s+`"}`)
		}
		return fmt.Sprintf(`{"ref_date":"2026-%s","msgid":"1","details":[%s]}`, date, strings.Join(details, ","))
	}
	for name, c := range map[string]struct {
		api, begin, end, now string
		delayed              bool
		rows, have, want     string
	}{
		"days without rows are open until they settle": {api: "getupstreammsg", begin: "11-16", end: "11-20", now: noon, rows: daily("11-18", 7),
			want: "11-16 f [] 11-17 f [] 11-18 f [" + daily("11-18", 7) + "] 11-19 o [] 11-20 o []"},
		"delayed figures are open until they settle": {api: "getbizsummary", begin: "11-17", end: "11-20", now: noon, delayed: true, rows: biz("11-17") + "," + biz("11-20"),
			want: "11-17 f [" + biz("11-17") + "] 11-18 o [] 11-19 o [] 11-20 o [" + biz("11-20") + "]"},
		"what is final and the same makes no record": {api: "getupstreammsg", begin: "11-19", end: "11-20", now: noon, rows: daily("11-20", 7),
			have: "11-19 f [] 11-20 f [" + daily("11-20", 7) + "]", want: "11-19 o []"},
		"an empty day that is final stays so": {api: "getupstreammsg", begin: "11-16", end: "11-16", now: noon, have: "11-16 f []", want: ""},
		"a correction replaces": {api: "getupstreammsg", begin: "11-19", end: "11-20", now: noon, rows: daily("11-19", 8) + "," + daily("11-20", 9),
			have: "11-19 f [" + daily("11-19", 7) + "] 11-20 f [" + daily("11-20", 9) + "]", want: "11-19 f [" + daily("11-19", 8) + "]"},
		"rows end the waiting": {api: "getupstreammsg", begin: "11-20", end: "11-20", now: noon, rows: daily("11-20", 0),
			have: "11-20 o []", want: "11-20 f [" + daily("11-20", 0) + "]"},
		"nothing replaces nothing that is open": {api: "getupstreammsg", begin: "11-20", end: "11-20", now: noon, have: "11-20 o []", want: "11-20 o []"},
		"nothing replaces no rows":              {api: "getupstreammsg", begin: "11-20", end: "11-20", now: noon, have: "11-20 f [" + daily("11-20", 7) + "]", want: ""},
		"nothing replaces no open rows": {api: "getbizsummary", begin: "11-20", end: "11-20", now: noon,
			have: "11-20 o [" + biz("11-20") + "]", want: "11-20 o [" + biz("11-20") + "]"},
		"nothing replaces damaged rows": {api: "getbizsummary", begin: "11-20", end: "11-20", now: noon,
			have: "11-20 o [{}", want: "11-20 o []"},
		"nothing replaces damaged rows that grow": {api: "getarticletotal", begin: "11-11", end: "11-11", now: noon,
			have: "11-11 f [{}", want: "11-11 f []"},
		"open rows settle": {api: "getbizsummary", begin: "11-17", end: "11-17", now: noon,
			have: "11-17 o [" + biz("11-17") + "]", want: "11-17 f [" + biz("11-17") + "]"},
		"rows of other days replace nothing": {api: "getupstreammsg", begin: "11-20", end: "11-20", now: noon, rows: daily("11-19", 1), want: "11-20 o []"},
		"a clock that was ahead": {api: "getupstreammsg", begin: "11-20", end: "11-20", now: "2026-11-20 11:00", rows: daily("11-20", 7),
			have: "11-20 f [" + daily("11-20", 7) + "]", want: "11-20 f [" + daily("11-20", 7) + "]"},

		"a week settles after its end":  {api: "getupstreammsgweek", begin: "11-09", end: "11-09", now: "2026-11-18 12:00", want: "11-09 o []"},
		"a week has settled":            {api: "getupstreammsgweek", begin: "11-09", end: "11-09", now: "2026-11-19 12:00", want: "11-09 f []"},
		"a month settles after its end": {api: "getupstreammsgmonth", begin: "10-01", end: "10-01", now: "2026-11-03 12:00", want: "10-01 o []"},
		"a month has settled":           {api: "getupstreammsgmonth", begin: "10-01", end: "10-01", now: "2026-11-04 12:00", want: "10-01 f []"},

		"what can be read of a day is there, and the day open": {api: "getupstreammsg", begin: "11-20", end: "11-20", now: noon, rows: daily("11-20", 7) + "," + spoilt("11-20"),
			want: "11-20 o [" + daily("11-20", 7) + "] ? 11-20"},
		"when it has settled that is all": {api: "getupstreammsg", begin: "11-17", end: "11-17", now: noon, rows: daily("11-17", 7) + "," + spoilt("11-17"),
			want: "11-17 f [" + daily("11-17", 7) + "]"},
		"rows that cannot be read replace none": {api: "getupstreammsg", begin: "11-17", end: "11-18", now: noon, rows: daily("11-17", 8) + "," + spoilt("11-17") + "," + daily("11-18", 8) + "," + spoilt("11-18"),
			have: "11-17 f [" + second("11-17") + "] 11-18 f [" + second("11-18") + "]",
			want: "11-17 f [" + second("11-17") + "," + daily("11-17", 8) + "] 11-18 o [" + second("11-18") + "," + daily("11-18", 8) + "] ? 11-18"},
		"a row of an unknown day may be of any": {api: "getupstreammsg", begin: "11-17", end: "11-20", now: noon, rows: daily("11-19", 7) + `,{"msg_type":1}`, have: "11-18 f [" + daily("11-18", 7) + "]",
			want: "11-17 f [] 11-18 o [" + daily("11-18", 7) + "] 11-19 o [" + daily("11-19", 7) + "] 11-20 o [] ? 11-18 11-19 11-20"},
		"a day of which nothing can be read is not stored": {api: "getupstreammsg", begin: "11-16", end: "11-20", now: noon, rows: daily("11-19", 7) + "," + spoilt("11-16") + "," + spoilt("11-20"),
			want: "11-17 f [] 11-18 o [] 11-19 f [" + daily("11-19", 7) + "] ? 11-16 11-20"},
		"an answer of which nothing can be read stores nothing": {api: "getupstreammsg", begin: "11-17", end: "11-20", now: noon, rows: `7,{"msg_type":1}`,
			have: "11-17 f [" + daily("11-17", 7) + "] 11-18 f [" + daily("11-18", 7) + "] 11-19 o []", want: "? 11-18 11-19 11-20"},
		"growth of which nothing can be read": {api: "getarticletotal", begin: "11-16", end: "11-16", now: noon, rows: `{"ref_date":"2026-11-16","msgid":[]}`,
			have: "11-16 f [" + total("11-16", "11-19") + "]", want: "? 11-16"},

		"growth up to yesterday": {api: "getarticletotal", begin: "11-18", end: "11-18", now: noon, rows: total("11-18", "11-20", "11-18"),
			want: "11-18 f [" + total("11-18", "11-20", "11-18") + "]"},
		"growth that lags": {api: "getarticletotal", begin: "11-18", end: "11-18", now: noon, rows: total("11-18", "11-18", "11-19"),
			want: "11-18 o [" + total("11-18", "11-18", "11-19") + "]"},
		"yesterday is not due yet": {api: "getarticletotal", begin: "11-18", end: "11-18", now: "2026-11-21 07:59", rows: total("11-18", "11-19"),
			want: "11-18 f [" + total("11-18", "11-19") + "]"},
		"growth that has ended and lags": {api: "getarticletotal", begin: "11-12", end: "11-12", now: noon, rows: total("11-12", "11-17"),
			want: "11-12 o [" + total("11-12", "11-17") + "]"},
		"growth that has settled": {api: "getarticletotal", begin: "11-11", end: "11-11", now: noon, rows: total("11-11", "11-16"),
			want: "11-11 f [" + total("11-11", "11-16") + "]"},
		"growth is asked about daily, so a record is made": {api: "getarticletotal", begin: "11-18", end: "11-18", now: noon, rows: total("11-18", "11-20"),
			have: "11-18 f [" + total("11-18", "11-20") + "]", want: "11-18 f [" + total("11-18", "11-20") + "]"},
		"growth that has ended and is delayed": {api: "getarticletotal", begin: "11-14", end: "11-14", now: noon, delayed: true, rows: total("11-14", "11-20"),
			want: "11-14 o [" + total("11-14", "11-20") + "]"},
		"growth that has ended and vanishes": {api: "getarticletotal", begin: "11-14", end: "11-14", now: noon,
			have: "11-14 f [" + total("11-14", "11-19") + "]", want: "11-14 o [" + total("11-14", "11-19") + "]"},
		"growth that is complete and vanishes": {api: "getarticletotal", begin: "11-13", end: "11-13", now: noon,
			have: "11-13 f [" + total("11-13", "11-19") + "]", want: "11-13 f [" + total("11-13", "11-19") + "]"},
		"growth that vanishes for good": {api: "getarticletotal", begin: "11-11", end: "11-11", now: noon,
			have: "11-11 o [" + total("11-11", "11-16") + "]", want: "11-11 f [" + total("11-11", "11-16") + "]"},
		"articles without figures lag": {api: "getarticletotal", begin: "11-20", end: "11-20", now: noon, rows: total("11-20"),
			want: "11-20 o [" + total("11-20") + "]"},
		"articles without figures settle": {api: "getarticletotal", begin: "11-17", end: "11-17", now: noon, rows: total("11-17"),
			want: "11-17 f [" + total("11-17") + "]"},
		"growth that vanishes": {api: "getarticletotal", begin: "11-18", end: "11-18", now: noon,
			have: "11-18 f [" + total("11-18", "11-19") + "]", want: "11-18 f [" + total("11-18", "11-19") + "]"},
	} {
		t.Run(name, func(t *testing.T) {
			api := apiNamed(t, c.api)
			have := map[calendar.Day]Day{}
			words := strings.Fields(c.have)
			for i := 0; i < len(words); i += 3 {
				date := calendartest.Day(t, "2026-"+words[i])
				have[date] = Day{Date: date, Fetched: calendartest.At(t, "2026-11-20 12:00"), Open: words[i+1] == "o", Rows: []byte(words[i+2])}
			}
			now := calendartest.At(t, c.now)
			r := wxclient.Request{API: c.api, Begin: calendartest.Day(t, "2026-"+c.begin), End: calendartest.Day(t, "2026-"+c.end)}
			var rows []json.RawMessage
			if err := json.Unmarshal([]byte("["+c.rows+"]"), &rows); err != nil {
				t.Fatal(err)
			}
			days, misread := Merge(api, r, api.Split(rows, r.Begin.String(), r.End.String(), 0), c.delayed, have, usual, now)
			var got []string
			for _, d := range days {
				if !d.Fetched.Equal(now) {
					t.Errorf("%s was fetched %v, not now", d.Date, d.Fetched)
				}
				got = append(got, d.Date.String()[5:], map[bool]string{true: "o", false: "f"}[d.Open], string(d.Rows))
			}
			for i, d := range misread {
				if i == 0 {
					got = append(got, "?")
				}
				got = append(got, d.String()[5:])
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("- want, + got:\n%s", diff)
			}
		})
	}
}

// usual is what the configuration has by default.
var usual = Schedule{NotBefore: 8 * time.Hour, RetryInterval: 30 * time.Minute, SettleDays: 3}

// apiNamed finds an API.
func apiNamed(t testing.TB, name string) collector.API {
	t.Helper()
	for _, f := range collector.Families() {
		for _, api := range f.APIs {
			if api.Name == name {
				return api
			}
		}
	}
	t.Fatalf("there is no API %s", name)
	return collector.API{}
}

func TestPauses(t *testing.T) {
	const noon = "2026-11-21 12:00"
	for _, c := range []struct {
		action   wxclient.Action
		failures int
		jitter   float64
		now      string
		want     time.Duration
	}{
		{wxclient.Retry, 1, 0, noon, 5 * time.Minute},
		{wxclient.Retry, 2, 0, noon, 10 * time.Minute},
		{wxclient.Retry, 5, 0, noon, 80 * time.Minute},
		{wxclient.Retry, 6, 0, noon, 2 * time.Hour},
		{wxclient.Retry, 1000, 0, noon, 2 * time.Hour},
		{wxclient.Retry, 1, 0.5, noon, 5*time.Minute + 37*time.Second + 500*time.Millisecond},
		{wxclient.Retry, 1000, 0.5, noon, 2*time.Hour + 15*time.Minute},
		{wxclient.Invalid, 3, 0, noon, 20 * time.Minute},
		{wxclient.Rejected, 1, 0, noon, 5 * time.Minute},
		{wxclient.Backoff, 1, 0, noon, 10 * time.Minute},
		{wxclient.Backoff, 4, 0, noon, 80 * time.Minute},
		{wxclient.Backoff, 5, 0, noon, 2 * time.Hour},
		{wxclient.Tomorrow, 1, 0, noon, 12*time.Hour + time.Minute},
		{wxclient.Tomorrow, 9, 0.5, noon, 12*time.Hour + 6*time.Minute},
		{wxclient.Tomorrow, 1, 0, "2026-11-21 23:59", 2 * time.Minute},
		{wxclient.Tomorrow, 1, 0, "2026-11-22 00:00", 24*time.Hour + time.Minute},
		{wxclient.Offline, 3, 0, noon, 7 * 24 * time.Hour},
		{wxclient.Denied, 3, 0, noon, 24 * time.Hour},
		{wxclient.Credentials, 3, 0, noon, 10 * time.Minute},
	} {
		now := calendartest.At(t, c.now).UTC() // the host's zone must not matter
		if got := policies[c.action].pause.until(c.failures, now, c.jitter).Sub(now); got != c.want {
			t.Errorf("failure %d, %v, at %s, jitter %v: again after %v, want %v", c.failures, c.action, c.now, c.jitter, got, c.want)
		}
	}
}

func TestAPIState(t *testing.T) {
	failed := func(a wxclient.Action) *wxclient.Error { return &wxclient.Error{Action: a} }
	for _, c := range []struct {
		s      APIState
		want   string
		failed bool // counts against the account
	}{
		{APIState{}, "ok", false},
		{APIState{OpenDays: 2}, "open", false},
		{APIState{Capped: true, OpenDays: 2}, "parked", false},
		{APIState{Err: failed(wxclient.Tomorrow)}, "parked", true},
		{APIState{Err: failed(wxclient.Capped)}, "parked", false},
		{APIState{Err: failed(wxclient.Offline), OpenDays: 2, Capped: true}, "offline", false},
		{APIState{Err: failed(wxclient.Denied), OpenDays: 2}, "denied", false},
		{APIState{Err: failed(wxclient.Retry), OpenDays: 2, Capped: true}, "failing", true},
		{APIState{Err: failed(wxclient.Backoff)}, "failing", true},
		{APIState{Err: failed(wxclient.Credentials)}, "failing", true},
		{APIState{Err: failed(wxclient.Rejected)}, "failing", true},
		{APIState{Err: failed(wxclient.Invalid)}, "failing", true},
	} {
		if got := c.s.State(); got != c.want || c.s.Failed() != c.failed {
			t.Errorf("error %v, %d open days, capped %v: %s, failed %v; want %s, %v", c.s.Err, c.s.OpenDays, c.s.Capped, got, c.s.Failed(), c.want, c.failed)
		}
	}
}

// TestRejectedRequests: none of several requests that WeChat called wrong is repeated,
// and the calls of a day begin at none.
func TestRejectedRequests(t *testing.T) {
	now := calendartest.At(t, "2026-11-21 09:00")
	wrong := &wxclient.Error{API: "a", Code: "61500", Action: wxclient.Rejected}
	var c APIState
	for d := calendartest.Day(t, "2026-11-18"); d <= calendartest.Day(t, "2026-11-20"); d++ {
		c = c.FailedWith(wxclient.Request{API: "a", Begin: d, End: d}, wrong, now, 0)
	}
	if len(c.rejected) != 3 {
		t.Errorf("rejected are %v", c.rejected)
	}
	if c = c.Called(2, now).Called(1, now.AddDate(0, 0, 1)); c.Calls != 1 {
		t.Errorf("on the next day it has made %d calls", c.Calls)
	}
}

// TestCallsOfADayThatCameTwice: calls that a clock ahead made on tomorrow were made
// today.
func TestCallsOfADayThatCameTwice(t *testing.T) {
	now := calendartest.At(t, "2026-11-20 12:00")
	s := APIState{}.Called(55, now.Add(24*time.Hour)).ClockSetBack(now)
	if s = s.Called(1, now); s.Calls != 56 || s.allows(DailyCap, now) {
		t.Errorf("%d calls of the day are known, and more are allowed: %v", s.Calls, s.allows(DailyCap, now))
	}
	if s = s.Called(1, now.Add(24*time.Hour)); s.Calls != 1 {
		t.Errorf("%d calls of the next day, want one", s.Calls)
	}
}

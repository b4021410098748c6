package wxtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
)

// shape is what the rows of an API look like: keys are the fields that make a row
// unique, measures those that at least one row of a month has.
type shape struct{ api, keys, measures string }

// shapes are those that WeChat documents.
var shapes = []shape{
	{"getusersummary", "ref_date user_source", "new_user cancel_user"},
	{"getusercumulate", "ref_date", "cumulate_user"},
	{"getupstreammsg", "ref_date msg_type", "msg_user msg_count"},
	{"getupstreammsghour", "ref_date ref_hour msg_type", "msg_user msg_count"},
	{"getupstreammsgweek", "ref_date msg_type", "msg_user msg_count"},
	{"getupstreammsgmonth", "ref_date msg_type", "msg_user msg_count"},
	{"getupstreammsgdist", "ref_date count_interval", "msg_user"},
	{"getupstreammsgdistweek", "ref_date count_interval", "msg_user"},
	{"getupstreammsgdistmonth", "ref_date count_interval", "msg_user"},
	{"getinterfacesummary", "ref_date", "callback_count fail_count total_time_cost max_time_cost"},
	{"getinterfacesummaryhour", "ref_date ref_hour", "callback_count fail_count total_time_cost max_time_cost"},
	{"getarticlesummary", "ref_date msgid", "title " + eight},
	{"getarticletotal", "ref_date msgid", "title url details"},
	{"getuserread", "ref_date user_source", eight},
	{"getuserreadhour", "ref_date ref_hour user_source", eight + " total_online_time"},
	{"getusershare", "ref_date share_scene", "share_user share_count"},
	{"getusersharehour", "ref_date ref_hour share_scene", "share_user share_count"},
	{"getarticleread", "ref_date msgid", "detail"},
	{"getarticleshare", "ref_date msgid", "detail"},
	{"getbizsummary", "ref_date", "detail"},
	{"getarticletotaldetail", "ref_date msgid", "publish_type title content_url detail_list"},
}

const eight = "int_page_read_user int_page_read_count ori_page_read_user ori_page_read_count share_user share_count add_to_fav_user add_to_fav_count"

func TestShapesOfRows(t *testing.T) {
	w, _ := newTest(t, friday)
	for _, api := range APIs() {
		s := shapeOf(t, w, api)
		keys, measures := strings.Fields(s.keys), strings.Fields(s.measures)
		seen, orders, meaningless := map[string]bool{}, map[string]bool{}, 0
		rows := 0
		for _, d := range someDays(w.Newest()) {
			raw := w.Rows(oldID, s.api, d)
			for i, r := range decoded(t, raw) {
				rows++
				var key string
				for _, k := range keys {
					if _, ok := r[k]; !ok {
						t.Errorf("%s: no %s in %s", s.api, k, raw[i])
					}
					key += fmt.Sprint(r[k], " ")
				}
				if seen[key] || r["ref_date"] != d.String() {
					t.Errorf("%s %s: repeated or of another day: %s", s.api, d, raw[i])
				}
				seen[key] = true
				for f, v := range r {
					measures = slices.DeleteFunc(measures, func(m string) bool { return m == f })
					if n, ok := v.(float64); ok && n < 0 {
						t.Errorf("%s: %s = %v", s.api, f, n)
					}
				}
				if _, ok := r["user_source"]; ok && !slices.Contains(keys, "user_source") {
					meaningless++
				}
				orders[string(raw[i][:8])] = true
			}
		}
		if len(measures) > 0 {
			t.Errorf("%s: no row has %v", s.api, measures)
		}
		old := !slices.Contains(keys, "user_source") && !apiOf(s.api).delay
		if old && rows > 20 && (meaningless < rows/2 || meaningless == rows) {
			t.Errorf("%s: user_source 0 in %d of %d rows", s.api, meaningless, rows)
		}
		if rows > 20 && len(orders) < 2 {
			t.Errorf("%s: always the same order of keys", s.api)
		}
	}
}

// shapeOf returns what is known of the rows of an API: by the table or, of one that
// is not in it, by the kinds of its fields, for whatever is no figure is a key.
func shapeOf(t *testing.T, w *WeChat, api string) shape {
	t.Helper()
	for _, s := range shapes {
		if s.api == api {
			return s
		}
	}
	s := shape{api: api}
	p, a := apiOf(api), w.account(oldID)
	for _, d := range someDays(w.Newest()) {
		for _, r := range p.rows(a, d, func(calendar.Day) bool { return true }) {
			for _, f := range r {
				list := &s.keys
				switch f.val.(type) {
				case count, float64, row, []row:
					list = &s.measures
				}
				if !slices.Contains(strings.Fields(*list), f.key) {
					*list += " " + f.key
				}
			}
		}
	}
	if s.measures == "" {
		t.Errorf("%s has no figures", api)
	}
	return s
}

// someDays returns the last eleven days, and the days of the last weeks and
// months on which a period begins.
func someDays(newest calendar.Day) (days []calendar.Day) {
	for d := newest - 60; d <= newest; d++ {
		if d > newest-11 || d == d.Monday() || d == d.FirstOfMonth() {
			days = append(days, d)
		}
	}
	return days
}

func TestDataIsAFunctionOfAccountAPIAndDay(t *testing.T) {
	a, _ := newTest(t, friday)
	b, _ := newTest(t, friday)
	ids := []string{oldID, newID}
	newest := a.Newest()
	text := func(w *WeChat, id, api string, d calendar.Day) string { return fmt.Sprintf("%s", w.Rows(id, api, d)) }
	// b is asked in the opposite order, for days of other years in between.
	want := map[string]string{}
	for _, id := range ids {
		for _, api := range APIs() {
			for d := newest - 10; d <= newest; d++ {
				want[id+api+d.String()] = text(a, id, api, d)
			}
		}
	}
	for _, id := range slices.Backward(ids) {
		for _, api := range slices.Backward(APIs()) {
			text(b, id, api, calendartest.Day(t, "2019-05-06"))
			for d := newest; d >= newest-10; d-- {
				if got := text(b, id, api, d); got != want[id+api+d.String()] {
					t.Errorf("%s %s %s: two instances differ", id, api, d)
				}
			}
		}
	}
	if text(a, oldID, "getupstreammsg", newest) == text(a, newID, "getupstreammsg", newest) {
		t.Error("two accounts have the same data")
	}
}

func TestWeekdaysAndWeekendsDiffer(t *testing.T) {
	w, _ := newTest(t, friday)
	for _, c := range []struct {
		api, field string
		more       bool // at weekends
	}{
		{"getupstreammsg", "msg_count", false},
		{"getinterfacesummary", "callback_count", false},
		{"getuserread", "int_page_read_count", false},
		{"getusersummary", "new_user", true},
	} {
		var weekend, working float64
		for d := w.Newest() - 83; d <= w.Newest(); d++ { // twelve weeks
			n := float64(sum(decoded(t, w.Rows(oldID, c.api, d)), c.field, nil))
			if wd := d.Weekday(); wd == 0 || wd == 6 {
				weekend += n / 24
			} else {
				working += n / 60
			}
		}
		if (weekend > working) != c.more || weekend == 0 {
			t.Errorf("%s: %.0f %s on a weekend day, %.0f on a working day", c.api, weekend, c.field, working)
		}
	}
}

func TestHoursAddUpToTheDay(t *testing.T) {
	w, _ := newTest(t, friday)
	for _, c := range []struct{ day, hour, key, exact, people string }{
		{"getupstreammsg", "getupstreammsghour", "msg_type", "msg_count", "msg_user"},
		{"getinterfacesummary", "getinterfacesummaryhour", "", "callback_count", ""},
		{"getinterfacesummary", "getinterfacesummaryhour", "", "fail_count", ""},
		{"getinterfacesummary", "getinterfacesummaryhour", "", "total_time_cost", ""},
		{"getusershare", "getusersharehour", "share_scene", "share_count", "share_user"},
		{"getuserread", "getuserreadhour", "user_source", "", "int_page_read_user"},
	} {
		sparse := false
		for d := w.Newest() - 13; d <= w.Newest(); d++ {
			hours := decoded(t, w.Rows(quietAccount(c.day), c.hour, d))
			seen := map[any]bool{}
			for _, h := range hours {
				seen[h["ref_hour"]] = true
				if n := num(h, "ref_hour"); n%100 != 0 || n < 0 || n > 2300 {
					t.Errorf("%s: ref_hour %v", c.hour, h["ref_hour"])
				}
			}
			sparse = sparse || len(seen) < 24
			for _, r := range decoded(t, w.Rows(quietAccount(c.day), c.day, d)) {
				same := func(h map[string]any) bool { return c.key == "" || h[c.key] == r[c.key] }
				if c.exact != "" && sum(hours, c.exact, same) != num(r, c.exact) {
					t.Errorf("%s %s: %s is %d, the hours add up to %d", c.day, d, c.exact, num(r, c.exact), sum(hours, c.exact, same))
				}
				if p, all := num(r, c.people), sum(hours, c.people, same); c.people != "" && (p > all || p < all/2) {
					t.Errorf("%s %s: %d %s, %d in the hours", c.day, d, p, c.people, all)
				}
			}
		}
		if c.hour == "getupstreammsghour" && !sparse {
			t.Errorf("%s: every hour has rows", c.hour)
		}
	}
}

// quietAccount is the small account where it has the API, so that hours are quiet.
func quietAccount(api string) string {
	if apiOf(api).old {
		return oldID
	}
	return newID
}

func TestPeriodsAreTheSumsOfTheirDays(t *testing.T) {
	w, _ := newTest(t, friday)
	for _, c := range []struct{ period, day, key, from, to string }{
		{"getupstreammsgweek", "getupstreammsg", "msg_type", "2026-11-09", "2026-11-15"},
		{"getupstreammsgmonth", "getupstreammsg", "msg_type", "2026-10-01", "2026-10-31"},
		{"getupstreammsgdistweek", "getupstreammsgdist", "count_interval", "2026-11-09", "2026-11-15"},
		{"getupstreammsgdistmonth", "getupstreammsgdist", "count_interval", "2026-02-01", "2026-02-28"},
	} {
		var days []map[string]any
		for d := calendartest.Day(t, c.from); d <= calendartest.Day(t, c.to); d++ {
			days = append(days, decoded(t, w.Rows(oldID, c.day, d))...)
		}
		rows := decoded(t, w.Rows(oldID, c.period, calendartest.Day(t, c.from)))
		if len(rows) < 3 {
			t.Errorf("%s: %d rows", c.period, len(rows))
		}
		for _, r := range rows {
			for _, f := range []string{"msg_user", "msg_count"} {
				if want := sum(days, f, func(d map[string]any) bool { return d[c.key] == r[c.key] }); num(r, f) != want {
					t.Errorf("%s %v: %s %d, want %d", c.period, r[c.key], f, num(r, f), want)
				}
			}
		}
	}
}

package wxtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// keys are the fields that make a row of an API unique, after WeChat's
// documents, and measures those that at least one row of a month has.
var shapes = []struct{ api, keys, measures string }{
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
	if len(shapes) != len(APIs()) {
		t.Fatalf("%d shapes, %d APIs", len(shapes), len(APIs()))
	}
	for _, s := range shapes {
		keys, measures := strings.Fields(s.keys), strings.Fields(s.measures)
		seen, orders, meaningless := map[string]bool{}, map[string]bool{}, 0
		rows := 0
		for d := day(t, "2026-10-01"); d <= w.Newest(); d = nextDay(d) {
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

// nextDay leaves out what needs no look: it goes through all days of a week,
// and the Mondays and the first days of the months before.
func nextDay(d wxclient.Day) wxclient.Day {
	for d++; d < 20765; d++ { // 2026-11-08
		if d == d.Monday() || d == d.FirstOfMonth() {
			break
		}
	}
	return d
}

func TestDataIsAFunctionOfAccountAPIAndDay(t *testing.T) {
	a, _ := newTest(t, friday)
	b, _ := newTest(t, friday)
	ids := []string{oldID, newID}
	newest := a.Newest()
	text := func(w *WeChat, id, api string, d wxclient.Day) string { return fmt.Sprintf("%s", w.Rows(id, api, d)) }
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
			text(b, id, api, day(t, "2019-05-06"))
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

func TestCumulateIsTheDayBeforePlusNewMinusCancel(t *testing.T) {
	w, _ := newTest(t, "2027-03-01 12:00:00")
	total := func(d wxclient.Day) int64 {
		return sum(decoded(t, w.Rows(oldID, "getusercumulate", d)), "cumulate_user", nil)
	}
	// Around the first day, around the anchor, and up to now.
	for _, from := range []string{"2014-12-01", "2019-02-20", "2025-12-20", "2027-02-01"} {
		begin := day(t, from)
		for d := begin + 1; d < begin+27; d++ {
			rows := decoded(t, w.Rows(oldID, "getusersummary", d))
			came, left := sum(rows, "new_user", nil), sum(rows, "cancel_user", nil)
			if total(d) != total(d-1)+came-left {
				t.Errorf("%s: %d followers after %d, +%d -%d", d, total(d), total(d-1), came, left)
			}
		}
	}
	if n := total(day(t, "2026-01-01")); n != 50_000 {
		t.Errorf("%d followers at the start of 2026, want Account.Followers", n)
	}
}

func TestFollowersStayPositive(t *testing.T) {
	for i := range 30 {
		a := newAccount(Account{AppID: fmt.Sprintf("wx%016x", i), Followers: []int{1, 150, 5_000}[i%3]})
		least := a.followers(firstDay)
		for d := firstDay; d < anchor+3650; d += 97 {
			least = min(least, a.followers(d))
		}
		if least <= 0 {
			t.Errorf("account %d of %d followers had %d once", i, a.Followers, least)
		}
	}
}

func TestUnfollowsFollowFollows(t *testing.T) {
	a := newAccount(testAccounts()[0])
	var after, usual, campaigns, days float64
	for d := anchor; d < anchor+730; d++ {
		var week float64
		for x := d - 7; x < d; x++ {
			week += float64(a.arrivals(x)) / 7
		}
		next := float64(a.leavers(d + 1))
		if float64(a.arrivals(d)) > 2*week {
			after, campaigns = after+next, campaigns+1
		} else {
			usual, days = usual+next, days+1
		}
	}
	if campaigns < 5 || after/campaigns < 1.2*usual/days {
		t.Errorf("%v unfollows on the days after %v campaigns, %v on others", after/campaigns, campaigns, usual/days)
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
			hours := decoded(t, w.Rows(newestAccount(c.day), c.hour, d))
			seen := map[any]bool{}
			for _, h := range hours {
				seen[h["ref_hour"]] = true
				if n := num(h, "ref_hour"); n%100 != 0 || n < 0 || n > 2300 {
					t.Errorf("%s: ref_hour %v", c.hour, h["ref_hour"])
				}
			}
			sparse = sparse || len(seen) < 24
			for _, r := range decoded(t, w.Rows(newestAccount(c.day), c.day, d)) {
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

// newestAccount is the small account for what it has, so that hours are quiet.
func newestAccount(api string) string {
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
		for d := day(t, c.from); d <= day(t, c.to); d++ {
			days = append(days, decoded(t, w.Rows(oldID, c.day, d))...)
		}
		rows := decoded(t, w.Rows(oldID, c.period, day(t, c.from)))
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

func TestTotalsAreLessThanTheirParts(t *testing.T) {
	w, _ := newTest(t, friday)
	for d := w.Newest() - 9; d <= w.Newest(); d++ {
		rows := decoded(t, w.Rows(oldID, "getuserread", d))
		all := func(r map[string]any) bool { return num(r, "user_source") == 99999999 }
		parts := func(r map[string]any) bool { return !all(r) }
		for _, f := range []string{"int_page_read_user", "int_page_read_count"} {
			if total, channels := sum(rows, f, all), sum(rows, f, parts); total == 0 || total >= channels {
				t.Errorf("%s: %s %d in all, %d in the channels", d, f, total, channels)
			}
		}
		biz := decoded(t, w.Rows(newID, "getbizsummary", d))[0]["detail"].(map[string]any)
		scenes := map[string]int64{}
		for _, s := range biz["read_user_source"].([]any) {
			scenes[s.(map[string]any)["scene_desc"].(string)] = num(s.(map[string]any), "user_count")
		}
		total := scenes["全部"]
		delete(scenes, "全部")
		var places int64
		for n := range maps.Values(scenes) {
			places += n
		}
		if total != num(biz, "read_user") || total == 0 || places <= total || scenes["公众号消息"] == 0 || scenes["朋友圈"] == 0 {
			t.Errorf("%s: %d readers in all, scenes %v", d, total, scenes)
		}
	}
	old := decoded(t, w.Rows(oldID, "getuserread", day(t, "2015-06-01")))
	if _, sourced := old[0]["user_source"]; len(old) != 1 || sourced {
		t.Errorf("getuserread of 2015: %v", old)
	}
}

func TestArticles(t *testing.T) {
	w, _ := newTest(t, friday)
	perDay := map[int]int{}
	for _, c := range []struct {
		api, list, read string
		days            int
	}{
		{"getarticletotal", "details", "int_page_read_user", 7},
		{"getarticletotaldetail", "detail_list", "read_user", 30},
	} {
		for d := w.Newest() - 40; d <= w.Newest(); d++ {
			rows := decoded(t, w.Rows(oldID, c.api, d))
			perDay[len(rows)]++
			for _, r := range rows {
				entries := r[c.list].([]any)
				if want := min(c.days, int(w.Newest()-d)+1); len(entries) != want {
					t.Errorf("%s %s: %d entries, want %d", c.api, d, len(entries), want)
				}
				last := int64(-1)
				for i, e := range entries {
					entry := e.(map[string]any)
					if want := (d + wxclient.Day(i)).String(); entry["stat_date"] != want {
						t.Errorf("%s %s: stat_date %v, want %s", c.api, d, entry["stat_date"], want)
					}
					if n := num(entry, c.read); n < last || n == 0 {
						t.Errorf("%s %s %v: %s fell from %d to %d", c.api, d, r["msgid"], c.read, last, n)
					} else {
						last = n
					}
				}
				first := entries[0].(map[string]any)
				if c.api == "getarticletotal" {
					same := func(s map[string]any) bool { return s["msgid"] == r["msgid"] }
					daily := decoded(t, w.Rows(oldID, "getarticlesummary", d))
					if want := sum(daily, c.read, same); num(first, c.read) != want {
						t.Errorf("%v: %d readers on the first day, getarticlesummary has %d", r["msgid"], num(first, c.read), want)
					}
				}
			}
		}
	}
	if perDay[0] == 0 || perDay[1] == 0 || perDay[2] == 0 || perDay[3] == 0 || len(perDay) != 4 {
		t.Errorf("days by number of articles: %v", perDay)
	}
}

func TestCorrect(t *testing.T) {
	w, _ := newTest(t, friday)
	c := inProcess(t, w)
	d := w.Newest() - 3
	for _, q := range []struct{ api, field string }{{"getusercumulate", "cumulate_user"}, {"getupstreammsg", "msg_count"}} {
		before := sum(decoded(t, w.Rows(oldID, q.api, d)), q.field, nil)
		beside := fmt.Sprintf("%s", w.Rows(oldID, q.api, d+1))
		w.Correct(oldID, q.api, d, 3)
		w.Correct(oldID, q.api, d, 2)
		rows := decoded(t, w.Rows(oldID, q.api, d))
		if got := sum(rows, q.field, nil); got != 2*before || rows[0]["ref_date"] != d.String() {
			t.Errorf("%s: %d corrected by 2 is %d", q.api, before, got)
		}
		if got := sum(decoded(t, c.ask(oldID, q.api, d.String(), d.String()).List), q.field, nil); got != 2*before {
			t.Errorf("%s answers %d, want %d", q.api, got, 2*before)
		}
		if fmt.Sprintf("%s", w.Rows(oldID, q.api, d+1)) != beside {
			t.Errorf("%s: the next day changed too", q.api)
		}
		w.Correct(oldID, q.api, d, 1)
		if got := sum(decoded(t, w.Rows(oldID, q.api, d)), q.field, nil); got != before {
			t.Errorf("%s: corrected back to %d, was %d", q.api, got, before)
		}
	}
	codes := decoded(t, w.Rows(oldID, "getupstreammsg", d))
	w.Correct(oldID, "getupstreammsg", d, 5)
	for i, r := range decoded(t, w.Rows(oldID, "getupstreammsg", d)) {
		if r["msg_type"] != codes[i]["msg_type"] {
			t.Errorf("a correction changed msg_type %v to %v", codes[i]["msg_type"], r["msg_type"])
		}
	}
}

func TestSpikeFailures(t *testing.T) {
	for _, account := range DemoAccounts() {
		w := Demo(func() time.Time { return at(t, friday) })
		d := w.Newest()
		count := func(api string, d wxclient.Day, field string) int64 {
			return sum(decoded(t, w.Rows(account.AppID, api, d)), field, nil)
		}
		before, calls := count("getinterfacesummary", d, "fail_count"), count("getinterfacesummary", d, "callback_count")
		dayBefore := count("getinterfacesummary", d-1, "fail_count")
		w.SpikeFailures(account.AppID, d, 80)
		after, hours := count("getinterfacesummary", d, "fail_count"), count("getinterfacesummaryhour", d, "fail_count")
		if after < 20*max(before, 1) || after != hours || after > calls {
			t.Errorf("%s: %d failures of %d callbacks became %d, %d in the hours", account.Name, before, calls, after, hours)
		}
		if count("getinterfacesummary", d, "callback_count") != calls || count("getinterfacesummary", d-1, "fail_count") != dayBefore {
			t.Errorf("%s: the spike changed more than the failures of the day", account.Name)
		}
		if w.SpikeFailures(account.AppID, d, 1e9); count("getinterfacesummary", d, "fail_count") != calls {
			t.Errorf("%s: a huge spike fails %d of %d callbacks", account.Name, count("getinterfacesummary", d, "fail_count"), calls)
		}
	}
}

func TestIdle(t *testing.T) {
	w, _ := newTest(t, friday)
	w.Idle(oldID)
	for _, api := range APIs() {
		for d := w.Newest() - 40; d <= w.Newest(); d++ {
			rows := decoded(t, w.Rows(oldID, api, d))
			switch api {
			case "getusersummary":
				if _, sent := rows[0]["new_user"]; len(rows) != 1 || !sent || num(rows[0], "new_user")+num(rows[0], "cancel_user") != 0 {
					t.Errorf("%s of an idle account: %v", api, rows)
				}
			case "getusercumulate":
				if len(rows) != 1 || num(rows[0], "cumulate_user") != 50_000 {
					t.Errorf("%s of an idle account: %v", api, rows)
				}
			default:
				if len(rows) != 0 {
					t.Errorf("%s of an idle account: %v", api, rows)
				}
			}
		}
	}
}

package wxtest

import (
	"maps"
	"testing"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
)

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
	old := decoded(t, w.Rows(oldID, "getuserread", calendartest.Day(t, "2015-06-01")))
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
					if want := (d + calendar.Day(i)).String(); entry["stat_date"] != want {
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

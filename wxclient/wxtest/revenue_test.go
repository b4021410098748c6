package wxtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
)

// revenue is an answer of /publisher/stat.
type revenue struct {
	Base struct {
		Ret int    `json:"ret"`
		Msg string `json:"err_msg"`
	} `json:"base_resp"`
	List       []map[string]any `json:"list"`
	Settlement []map[string]any `json:"settlement_list"`
	Total      int              `json:"total_num"`
}

func (c client) stat(appID, query string) (a revenue, body string) {
	c.t.Helper()
	body = c.do("GET", "/publisher/stat?access_token="+c.token(appID)+"&"+query, "").Body
	return into[revenue](c.t, body), body
}

func stat(action, begin, end string, page, size int) string {
	return fmt.Sprintf("action=publisher_%s&page=%d&page_size=%d&start_date=%s&end_date=%s", action, page, size, begin, end)
}

func TestRevenueEnforced(t *testing.T) {
	w, _ := newTest(t, "2026-11-20 13:00:00")
	c := inProcess(t, w)
	for _, q := range []struct {
		app, query string
		ret        int
	}{
		{miniID, stat("adpos_general", "2026-11-19", "2026-11-19", 1, 90), 0},
		{miniID, stat("adpos_general", "2026-08-22", "2026-11-19", 1, 90), 0},
		{miniID, stat("adpos_general", "2026-08-21", "2026-11-19", 1, 90), 1701}, // 91 days
		{miniID, stat("adpos_general", "2026-11-20", "2026-11-20", 1, 90), 1701}, // today
		{miniID, stat("adpos_general", "2015-12-31", "2016-01-01", 1, 90), 1701},
		{miniID, stat("adpos_general", "20261119", "20261119", 1, 90), 1701},
		{miniID, stat("adpos_general", "2026-11-19", "2026-11-19", 0, 90), 1701},
		{miniID, stat("adpos_general", "2026-11-19", "2026-11-19", 1, 91), 1701},
		{miniID, stat("adpos_general", "2026-11-19", "2026-11-19", 1, 0), 1701},
		{miniID, "action=publisher_adpos_general&start_date=2026-11-19&end_date=2026-11-19", 1701},
		{miniID, stat("adunit_general", "2026-11-19", "2026-11-19", 1, 90), 0},
		{oldID, stat("adunit_general", "2026-11-19", "2026-11-19", 1, 90), 45010},
		{oldID, stat("adpos_general", "2026-11-19", "2026-11-19", 1, 90), 0},
		{oldID, stat("cps_general", "2026-09-21", "2026-11-19", 1, 90), 0},
		{oldID, stat("cps_general", "2026-09-20", "2026-11-19", 1, 90), 1701}, // 61 days
		{miniID, stat("cps_general", "2026-11-19", "2026-11-19", 1, 90), 45010},
		{miniID, stat("settlement", "2026-01-01", "2026-11-19", 1, 90), 0},
		{plainID, stat("adpos_general", "2026-11-19", "2026-11-19", 1, 90), 2009},
		{plainID, stat("adunit_general", "2026-11-19", "2026-11-19", 1, 90), 2009},
		{newID, stat("cps_general", "2026-11-19", "2026-11-19", 1, 90), 2009},
		{newID, stat("settlement", "2026-11-19", "2026-11-19", 1, 90), 2009},
		{miniID, stat("nothing", "2026-11-19", "2026-11-19", 1, 90), 45010},
	} {
		a, body := c.stat(q.app, q.query)
		if a.Base.Ret != q.ret || a.Base.Msg == "" || strings.Contains(body, "errcode") {
			t.Errorf("%s: ret %d, want %d: %.100s", q.query, a.Base.Ret, q.ret, body)
		}
	}
	if a := c.do("GET", "/publisher/stat?access_token=nonsense&"+stat("adpos_general", "2026-11-19", "2026-11-19", 1, 90), ""); a.Errcode != 40014 {
		t.Errorf("a bad token: %s", a.Body)
	}
	if a := c.do("POST", "/publisher/stat?access_token="+c.token(miniID)+"&"+stat("adpos_general", "2026-11-19", "2026-11-19", 1, 90), "{}"); a.Errcode != 43001 {
		t.Errorf("POST: %s", a.Body)
	}
	for _, call := range w.Calls() {
		if call.API == "publisher_cps_general" && (call.Begin == "" || call.Page != 1) {
			t.Errorf("a call is noted as %+v", call)
		}
	}
}

// TestRevenuePages: the rows of the pages are those of the days, each once.
func TestRevenuePages(t *testing.T) {
	w, _ := newTest(t, "2026-11-20 13:00:00")
	c := inProcess(t, w)
	begin, end := calendartest.Day(t, "2026-10-21"), calendartest.Day(t, "2026-11-19")
	var want []map[string]any
	for d := begin; d <= end; d++ {
		want = append(want, decoded(t, w.Rows(miniID, "publisher_adunit_general", d))...)
	}
	var got []map[string]any
	var pages, objects, lists int
	for page := 1; ; page++ {
		a, _ := c.stat(miniID, stat("adunit_general", begin.String(), end.String(), page, 90))
		got, pages = append(got, a.List...), page
		if a.Total != len(want) {
			t.Fatalf("total_num is %d, want %d", a.Total, len(want))
		}
		if page*90 >= a.Total {
			break
		}
	}
	if pages != 3 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%d pages with %d rows, want 3 with %d", pages, len(got), len(want))
	}
	for _, r := range got {
		switch r["stat_item"].(type) {
		case map[string]any:
			objects++
		case []any:
			lists++
		}
	}
	if objects == 0 || lists == 0 || objects+lists != len(got) {
		t.Errorf("stat_item is an object %d times, a list %d times", objects, lists)
	}
	if a, _ := c.stat(miniID, stat("adunit_general", begin.String(), end.String(), 4, 90)); len(a.List) != 0 {
		t.Errorf("a fourth page has %d rows", len(a.List))
	}
}

// TestRevenueFigures: units are parts of slots, estimates grow for some days, and
// days without income are left out.
func TestRevenueFigures(t *testing.T) {
	w, clock := newTest(t, "2026-11-20 13:00:00")
	income := func(api string, d calendar.Day) (fen int64) {
		for _, r := range decoded(t, w.Rows(miniID, api, d)) {
			switch item := r["stat_item"].(type) {
			case map[string]any:
				r = item
			case []any:
				r = item[0].(map[string]any)
			}
			fen += num(r, "income")
		}
		return fen
	}
	newest, without := calendartest.Day(t, "2026-11-19"), 0
	for d := newest - 200; d <= newest; d++ {
		slots, units := income("publisher_adpos_general", d), income("publisher_adunit_general", d)
		if slots != units {
			t.Errorf("%s: %d fen of slots, %d of units", d, slots, units)
		}
		if slots == 0 {
			without++
			if rows := w.Rows(miniID, "publisher_adpos_general", d); len(rows) != 0 {
				t.Errorf("%s without income: %s", d, rows)
			}
		}
	}
	if without == 0 || without > 20 {
		t.Errorf("%d of 201 days are without income", without)
	}
	before := income("publisher_adpos_general", newest)
	for i := 1; i <= 7; i++ {
		clock.set(calendartest.At(t, "2026-11-20 13:00:00").AddDate(0, 0, i))
		now := income("publisher_adpos_general", newest)
		if grew := now > before; grew != (i <= 4) {
			t.Errorf("%d days later the estimate of %d fen is %d", i, before, now)
		}
		before = now
	}
	clock.set(calendartest.At(t, "2026-11-20 12:59:59"))
	if rows := w.Rows(miniID, "publisher_adpos_general", newest); len(rows) != 0 {
		t.Errorf("before 13:00: %s", rows)
	}
}

// TestSettlement: half a month is settled some days after its end, and paid later.
func TestSettlement(t *testing.T) {
	w, clock := newTest(t, "2026-11-20 13:00:00")
	c := inProcess(t, w)
	for _, q := range []struct {
		now    string
		halves int // of those from October 1st
		status float64
	}{
		{"2026-11-15 13:00:00", 2, 3}, {"2026-11-20 13:00:00", 2, 4}, {"2026-11-21 13:00:00", 3, 1}, {"2026-11-26 13:00:00", 3, 3}, {"2026-12-01 13:00:00", 3, 4}, {"2026-12-06 13:00:00", 4, 1},
	} {
		clock.set(calendartest.At(t, q.now))
		a, body := c.stat(oldID, stat("settlement", "2026-10-01", (calendar.DayOf(clock.now())-1).String(), 1, 90))
		if len(a.Settlement) != q.halves || a.Settlement[len(a.Settlement)-1]["sett_status"] != q.status || a.Total != q.halves {
			t.Errorf("%s: %s", q.now, body)
		}
		for _, r := range a.Settlement {
			var parts int64
			for _, p := range r["slot_revenue"].([]any) {
				parts += num(p.(map[string]any), "slot_settled_revenue")
			}
			if r["month"] == "" || parts != num(r, "settled_revenue") || parts == 0 {
				t.Errorf("%v", r)
			}
		}
		if all := object(t, body); num(all, "revenue_all") < num(all, "settled_revenue_all") || num(all, "settled_revenue_all") == 0 {
			t.Errorf("the totals of %s", body)
		}
	}
	// A half-month overlaps the days of the request, also with a single one.
	if a, _ := c.stat(oldID, stat("settlement", "2026-10-31", "2026-10-31", 1, 90)); len(a.Settlement) != 1 || num(a.Settlement[0], "order") != 2 {
		t.Errorf("of October 31st: %v", a.Settlement)
	}
	if a, body := c.stat(oldID, stat("settlement", "2026-12-01", "2026-12-05", 1, 90)); a.Base.Ret != 0 || strings.Contains(body, "settlement_list") {
		t.Errorf("no half-month is settled: %s", body)
	}
}

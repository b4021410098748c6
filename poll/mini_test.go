package poll

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// mall is a mini program with everything that WeChat can answer: more pages than it
// names, ads, an index that no document mentions, devices without an id.
var mall = wxtest.Account{
	Name: "mall", AppID: "wx00000000000000a3", Secret: "0123456789abcdef-secret-of-mall", Type: wxtest.Mini,
	Followers: 60_000, Pages: 300, Publisher: true, AdUnits: 34, Novelties: true,
}

// usual is what the configuration has by default, without a limit of what is many.
func usual(at string) setup {
	return setup{
		at: at, accounts: []wxtest.Account{mall}, families: []string{"mini", "miniops", "revenue"},
		window:   plan.Window{Daily: 30, Hourly: 2, Article: 30},
		schedule: plan.Schedule{NotBefore: 8 * time.Hour, ByAPI: true, RetryInterval: 30 * time.Minute, SettleDays: 3},
	}
}

// figure is a series with a number, as a document of the metrics says it.
type figures map[string]float64

func (f figures) add(metric string, value any, labels ...string) {
	v, ok := value.(float64)
	if !ok {
		return // WeChat did not send it
	}
	labels = append(labels, "account", "mall")
	var parts []string
	for i := 0; i < len(labels); i += 2 {
		parts = append(parts, fmt.Sprintf("%s=%q", labels[i], labels[i+1]))
	}
	slices.Sort(parts)
	f[metric+"{"+strings.Join(parts, ",")+"}"] += v
}

type object = map[string]any

// each calls f for the objects of a list.
func each(list any, f func(object)) {
	all, _ := list.([]any)
	for _, one := range all {
		f(one.(object))
	}
}

func whole(v any) string { return strconv.FormatFloat(v.(float64), 'f', -1, 64) }

// rows reads what WeChat has of a day.
func (w *world) rows(api string, d calendar.Day) (all []object) {
	w.Helper()
	for _, raw := range w.wechat.Rows(mall.AppID, api, d) {
		var one object
		if err := json.Unmarshal(raw, &one); err != nil {
			w.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

const weanalysis = "getweanalysisappid"

var trend = map[string]string{
	"session_cnt": "sessions", "visit_pv": "visits", "visit_uv": "visitors", "visit_uv_new": "new_visitors",
	"stay_time_uv": "visitor_stay_seconds", "stay_time_session": "session_stay_seconds", "visit_depth": "visit_depth_pages",
}

var adFigures = map[string]string{
	"req_succ_count": "requests", "exposure_count": "impressions", "click_count": "clicks", "income": "income_fen", "ecpm": "ecpm_fen",
	"exposure_rate": "impression_ratio", "click_rate": "click_ratio",
}

// period adds the figures of a day, a week or a month.
func (f figures) period(w *world, d calendar.Day, api, metric string) {
	for _, r := range w.rows(weanalysis+api+"visittrend", d) {
		for field, name := range trend {
			f.add("wx_mini_"+metric+name, r[field], "date", d.String())
		}
	}
	for _, r := range w.rows(weanalysis+api+"retaininfo", d) {
		for field, name := range map[string]string{"visit_uv": "retained_visitors", "visit_uv_new": "retained_new_visitors"} {
			each(r[field], func(one object) {
				f.add("wx_mini_"+metric+name, one["value"], "date", d.String(), "after", whole(one["key"]))
			})
		}
	}
}

var indexes = map[string][2]string{
	"access_source_session_cnt": {"wx_mini_source_sessions", "source"}, "access_source_visit_uv": {"wx_mini_source_visitors", "source"},
	"access_staytime_info": {"wx_mini_stay_sessions", "interval"}, "access_depth_info": {"wx_mini_depth_sessions", "interval"},
}

// day adds the figures of a day.
func (f figures) day(w *world, d calendar.Day) {
	date := d.String()
	f.period(w, d, "daily", "")
	for _, r := range w.rows(weanalysis+"dailysummarytrend", d) {
		f.add("wx_mini_users", r["visit_total"], "date", date)
		f.add("wx_mini_shares", r["share_pv"], "date", date)
		f.add("wx_mini_share_users", r["share_uv"], "date", date)
	}
	for _, r := range w.rows(weanalysis+"visitdistribution", d) {
		each(r["item_list"], func(one object) {
			index, key := r["index"].(string), whole(one["key"])
			if known, ok := indexes[index]; ok {
				f.add(known[0], one["value"], "date", date, known[1], key)
			} else {
				f.add("wx_mini_other", one["value"], "date", date, "index", index, "key", key)
			}
		})
	}
	for _, r := range w.rows(weanalysis+"visitpage", d) {
		for field, name := range map[string]string{
			"page_visit_pv": "visits", "page_visit_uv": "visitors", "page_staytime_pv": "stay_seconds", "entrypage_pv": "entries",
			"exitpage_pv": "exits", "page_share_pv": "shares", "page_share_uv": "share_users",
		} {
			f.add("wx_mini_page_"+name, r[field], "date", date, "page_path", r["page_path"].(string))
		}
	}
	for _, r := range w.rows("get_performance", d) {
		phase := []string{"", "total", "download", "render"}[int(r["cost_time_type"].(float64))]
		f.add("wx_mini_load_seconds", r["cost_time"].(float64)/1000, "date", date, "phase", phase)
	}
	f.ads(w, d)
}

func (f figures) ads(w *world, d calendar.Day) {
	for _, r := range w.rows("publisher_adpos_general", d) {
		for field, name := range adFigures {
			f.add("wx_revenue_slot_"+name, r[field], "date", d.String(), "ad_slot", r["ad_slot"].(string))
		}
	}
	for _, r := range w.rows("publisher_adunit_general", d) {
		item, ok := r["stat_item"].(object)
		if !ok {
			item = r["stat_item"].([]any)[0].(object)
		}
		for field, name := range adFigures {
			f.add("wx_revenue_unit_"+name, item[field], "date", d.String(), "ad_unit", r["ad_unit_id"].(string), "ad_slot", item["ad_slot"].(string))
		}
	}
}

// rest adds what is not of a day: weeks, months, the newest portrait, half-months.
func (f figures) rest(w *world, newest calendar.Day) {
	for d := newest - 29; d <= newest; d++ {
		if d.Weekday() == time.Sunday {
			f.period(w, d-6, "weekly", "weekly_")
		}
		if d+1 == (d + 1).FirstOfMonth() {
			f.period(w, d.FirstOfMonth(), "monthly", "monthly_")
		}
	}
	for _, r := range w.rows(weanalysis+"userportrait", newest) {
		for field, name := range map[string]string{"visit_uv": "visitors", "visit_uv_new": "new_visitors"} {
			for kind, list := range map[string]string{"province": "province", "city": "city", "gender": "genders", "platform": "platforms", "device": "devices", "age": "ages"} {
				each(r[field].(object)[list], func(one object) {
					f.add("wx_mini_portrait_"+name, one["value"], "date", newest.String(), "kind", kind, "name", one["name"].(string))
				})
			}
		}
	}
}

// shown are the series of a page that figures could be, with their numbers.
func shown(page harness.Series) figures {
	f := figures{}
	for name, text := range page {
		if strings.Contains(name, `date="`) && (strings.HasPrefix(name, "wx_mini_") || strings.HasPrefix(name, "wx_revenue_")) &&
			!strings.Contains(name, "_info{") && !strings.Contains(name, "_total_fen{") && !strings.Contains(name, "wx_revenue_settlement_") {
			f[name], _ = strconv.ParseFloat(text, 64)
		}
	}
	return f
}

// refused are the calls that WeChat refused. That a day is not computed yet is no refusal.
func (w *world) refused() (all []wxtest.Call) {
	return slices.DeleteFunc(w.wechat.Calls(), func(c wxtest.Call) bool { return c.Code == 0 || c.Code == 61503 })
}

// TestMiniProgram: whatever WeChat has of 30 days of a mini program with ads is on the
// page, each figure once, and no other. WeChat refuses no call.
func TestMiniProgram(t *testing.T) {
	simulate(t, usual("2026-11-20 18:00"), func(w *world) {
		w.start()
		w.until("2026-11-20 18:20")
		newest := calendartest.Day(t, "2026-11-19")
		want := figures{}
		for d := newest - 29; d <= newest; d++ {
			want.day(w, d)
		}
		want.rest(w, newest)
		if diff := cmp.Diff(want, shown(w.scrape())); diff != "" {
			t.Errorf("what WeChat has and what is shown differ (-want +got):\n%.4000s", diff)
		}
		if len(want) < 30*200*7 {
			t.Errorf("only %d figures were wanted", len(want))
		}
		if all := w.refused(); len(all) > 0 {
			t.Errorf("%d calls are refused, such as %+v", len(all), all[0])
		}
		pages := 0
		for _, c := range w.wechat.Calls() {
			if c.API == "publisher_adunit_general" {
				pages = max(pages, c.Page)
			}
		}
		if pages != 3 {
			t.Errorf("the ad units took %d pages, want 3", pages)
		}
		w.want("filled", `wx_up{account="mall"}`, "1")
	})
}

// TestMiniProgramIsBounded: of what is many, the largest are shown, and all are stored.
func TestMiniProgramIsBounded(t *testing.T) {
	s := usual("2026-11-20 18:00")
	s.window = plan.Window{Daily: 30, Hourly: 2, Article: 2, PagesPerDay: 20}
	simulate(t, s, func(w *world) {
		w.start()
		w.until("2026-11-20 18:20")
		page, newest := w.scrape(), calendartest.Day(t, "2026-11-19")
		for name, c := range map[string]struct {
			parts []string
			n     int
		}{
			"pages":     {[]string{"wx_mini_page_visits{"}, 2 * 20},
			"cities":    {[]string{"wx_mini_portrait_visitors{", `kind="city"`}, 20},
			"devices":   {[]string{"wx_mini_portrait_visitors{", `kind="device"`}, 20},
			"provinces": {[]string{"wx_mini_portrait_visitors{", `kind="province"`}, 21},
			"ad units":  {[]string{"wx_revenue_unit_income_fen{"}, 2 * 20},
		} {
			if n := len(page.With(c.parts...)); n != c.n {
				t.Errorf("%d series of %s, want %d", n, name, c.n)
			}
		}
		rows := w.rows(weanalysis+"visitpage", newest)
		for i, r := range rows { // WeChat has them by visits
			path := fmt.Sprintf("page_path=%q", r["page_path"])
			if visible := len(page.With("wx_mini_page_visits{", path, newest.String())) == 1; visible != (i < 20) {
				t.Errorf("the page at place %d is shown: %v", i+1, visible)
			}
		}
		stored, err := w.store.Days(mall.AppID, weanalysis+"visitpage", newest.String(), newest.String())
		if err != nil || len(stored) != 1 || strings.Count(string(stored[0].Rows), "page_path") != 200 {
			t.Errorf("not all of the 200 pages are stored: %d days, %v", len(stored), err)
		}
	})
}

// TestMiniProgramCalls: what a first fill, a usual day and an hour of lateness cost.
func TestMiniProgramCalls(t *testing.T) {
	for _, c := range []struct {
		name      string
		publisher bool
		most      int // calls of a usual day
	}{{"a mini program", false, 30}, {"one with ads", true, 35}} {
		t.Run(c.name, func(t *testing.T) {
			s := usual("2026-11-18 18:00")
			s.window.Article = 7
			one := mall
			one.AdUnits = 9
			if one.Publisher = c.publisher; !c.publisher {
				s.families = []string{"mini", "miniops"}
			}
			s.accounts = []wxtest.Account{one}
			simulate(t, s, func(w *world) {
				calls := func(until string) map[string]int {
					w.wechat.ResetCalls()
					w.until(until)
					n := map[string]int{}
					for _, call := range w.wechat.Calls() {
						n[call.API]++
					}
					return n
				}
				sum := func(n map[string]int) (all int) {
					for _, api := range slices.Concat(wxtest.MiniAPIs(), wxtest.RevenueAPIs()) {
						all += n[api]
					}
					return all
				}
				w.start()
				w.until("2026-11-19 00:00")
				t.Logf("%s: the first fill takes %d calls", c.name, w.wechat.Count("", wxtest.Statistics))
				var usual map[string]int
				for d := calendartest.Day(t, "2026-11-20"); d <= calendartest.Day(t, "2026-11-25"); d++ { // a week ends on the 22nd
					usual = calls(d.String() + " 00:00")
					t.Logf("%s: the day before %s takes %d calls", c.name, d, sum(usual))
					if n := sum(usual); n > c.most || n == 0 {
						t.Errorf("the day before %s takes %d calls, want at most %d", d, n, c.most)
					}
				}
				w.fault(wxtest.Statistics, wxtest.Late(time.Hour, calendartest.Day(t, "2026-11-24")))
				late := calls("2026-11-26 00:00")
				t.Logf("%s: a day on which all is an hour late takes %d calls", c.name, sum(late))
				for api, n := range late {
					if n > 2*usual[api] { // asked at once, and once more
						t.Errorf("an hour of lateness has %s called %d times, and usually %d", api, n, usual[api])
					}
				}
			})
		})
	}
}

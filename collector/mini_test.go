package collector

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// contract is what the three families export, as the contract has it: the API, the labels,
// and the ends of the metrics' names.
var contract = []string{
	"getweanalysisappiddailysummarytrend | | wx_mini_ users shares share_users",
	"getweanalysisappiddailyvisittrend | | wx_mini_ sessions visits visitors new_visitors visitor_stay_seconds session_stay_seconds visit_depth_pages",
	"getweanalysisappidweeklyvisittrend | | wx_mini_weekly_ sessions visits visitors new_visitors visitor_stay_seconds session_stay_seconds visit_depth_pages",
	"getweanalysisappidmonthlyvisittrend | | wx_mini_monthly_ sessions visits visitors new_visitors visitor_stay_seconds session_stay_seconds visit_depth_pages",
	"getweanalysisappiddailyretaininfo | after | wx_mini_ retained_visitors retained_new_visitors",
	"getweanalysisappidweeklyretaininfo | after | wx_mini_weekly_ retained_visitors retained_new_visitors",
	"getweanalysisappidmonthlyretaininfo | after | wx_mini_monthly_ retained_visitors retained_new_visitors",
	"getweanalysisappidvisitdistribution | source | wx_mini_source_ sessions visitors",
	"getweanalysisappidvisitdistribution | interval | wx_mini_ stay_sessions depth_sessions",
	"getweanalysisappidvisitdistribution | index key | wx_mini_ other",
	"getweanalysisappidvisitpage | page_path | wx_mini_page_ visits visitors stay_seconds entries exits shares share_users",
	"getweanalysisappiduserportrait | kind name | wx_mini_portrait_ visitors new_visitors",
	"get_performance | phase | wx_mini_ load_seconds",
	"publisher_adpos_general | ad_slot | wx_revenue_slot_ requests impressions clicks income_fen ecpm_fen impression_ratio click_ratio",
	"publisher_adunit_general | ad_unit ad_slot | wx_revenue_unit_ requests impressions clicks income_fen ecpm_fen impression_ratio click_ratio",
	"publisher_adunit_general | ad_unit name | wx_revenue_unit_ info",
	"publisher_cps_general | | wx_revenue_cps_ impressions clicks click_rate orders order_ratio fee_fen commission_fen",
	"publisher_settlement | | wx_revenue_settlement_ fen status",
	"publisher_settlement_total | | wx_revenue_ total_fen settled_total_fen penalty_total_fen",
}

// TestContract: the families of mini programs and revenue export exactly that, and the
// newest day of it by name where nothing in it is many.
func TestContract(t *testing.T) {
	want := map[string]bool{}
	for _, line := range contract {
		parts := strings.Split(line, "|")
		names := strings.Fields(parts[2])
		for _, name := range names[1:] {
			labels := strings.Fields(parts[1])
			want[fmt.Sprint(strings.TrimSpace(parts[0]), " ", labels, " ", names[0]+name)] = true
			for _, m := range Families() {
				for _, one := range m.Metrics() {
					many := slices.ContainsFunc(labels, func(l string) bool { return slices.Contains([]string{"after", "page_path", "ad_unit", "name"}, l) })
					if _, ok := one.Latest(); one.Name == names[0]+name && ok == many {
						t.Errorf("%s has the newest day by name: %v", one.Name, ok)
					}
				}
			}
		}
	}
	for _, f := range Families() {
		for _, m := range f.Metrics() {
			if slices.Contains([]string{"mini", "miniops", "revenue"}, f.Name) {
				key := fmt.Sprint(m.APIs, " ", m.Labels, " ", m.Name)
				if !want[key] {
					t.Errorf("the contract has no %s", key)
				}
				delete(want, key)
			}
		}
	}
	for key := range want {
		t.Errorf("there is no %s", key)
	}
}

// TestMany: of what is many the largest are shown, what is not is counted, and all is
// stored.
func TestMany(t *testing.T) {
	var pages, cities, provinces []string
	for i := range 25 {
		pages = append(pages, fmt.Sprintf(`{"page_path":"p%d","page_visit_pv":%d}`, i, (i*7)%25))
		cities = append(cities, fmt.Sprintf(`{"name":"c%d","value":%d}`, i, (i*7)%25))
		provinces = append(provinces, fmt.Sprintf(`{"name":"s%d","value":%d}`, i, i))
	}
	const date = "2026-11-20"
	portrait := fmt.Sprintf(`{"visit_uv":{"city":[%s],"province":[%s],"devices":[{"name":"a","value":2},{"name":"b","value":3},{"name":"a","value":2}]}}`, strings.Join(cities, ","), strings.Join(provinces, ","))
	for _, c := range []struct {
		api, rows string
		limit     int
		want      map[string]string // some of the series: labels and value; "" is none
		shown     int
		dropped   int
	}{
		{"getweanalysisappidvisitpage", strings.Join(pages, ","), 20, map[string]string{"[p7]": "24", "[p0]": "", "[p18]": "", "[p15]": "5"}, 20, 5},
		{"getweanalysisappidvisitpage", strings.Join(pages, ","), 0, map[string]string{"[p0]": "0"}, 25, 0},
		{"getweanalysisappiduserportrait", portrait, 20, map[string]string{"[city c7]": "24", "[city c0]": "", "[province s0]": "0", "[device a]": "4"}, 20 + 25 + 2, 5},
		{"getweanalysisappiduserportrait", portrait, 1, map[string]string{"[device a]": "4", "[device b]": "", "[province s0]": "0"}, 1 + 25 + 1, 24 + 1},
	} {
		_, api := familyOf(t, c.api)
		answer := api.Split(rowsOf(t, c.rows), date, date, c.limit)
		if answer.Dropped[DroppedOverLimit] != c.dropped || answer.Dropped[DroppedDuplicate] != 0 {
			t.Errorf("%s: dropped %v, want %d", c.api, answer.Dropped, c.dropped)
		}
		samples, err := api.Samples(answer.Days[date].JSON(), c.limit)
		if err != nil || len(samples) != c.shown {
			t.Errorf("%s shows %d of at most %d, want %d: %v", c.api, len(samples), c.limit, c.shown, err)
		}
		got := map[string]string{}
		for _, s := range samples {
			got[fmt.Sprint(s.Labels)] = fmt.Sprint(s.Value)
		}
		for labels, v := range c.want {
			if got[labels] != v {
				t.Errorf("%s, at most %d: %s is %q, want %q", c.api, c.limit, labels, got[labels], v)
			}
		}
	}
}

// TestRowsOfAnotherShape: a row for each entry of a field, days that rows do not tell,
// halves of months.
func TestRowsOfAnotherShape(t *testing.T) {
	for _, c := range []struct{ api, rows, want string }{
		{"publisher_adunit_general", `{"ad_unit_id":7,"stat_item":[{"ad_slot":"s","date":"2026-11-19","income":1},{"ad_slot":"s","date":"2026-11-20","income":2}]}`,
			`2026-11-19 [{"ad_unit_id":"7","stat_item":{"ad_slot":"s","date":"2026-11-19","income":1}}] 2026-11-20 [{"ad_unit_id":"7","stat_item":{"ad_slot":"s","date":"2026-11-20","income":2}}] `},
		{"publisher_adunit_general", `{"ad_unit_id":"7","stat_item":{"ad_slot":"s","date":"2026-11-20","income":2}}`, `2026-11-20 [{"ad_unit_id":"7","stat_item":{"ad_slot":"s","date":"2026-11-20","income":2}}] `},
		{"publisher_adunit_general", `{"ad_unit_id":"7","stat_item":[]}`, ""},
		{"publisher_settlement", `{"month":"202610","order":2,"settled_revenue":1},{"month":202611,"order":1,"settled_revenue":2},{"month":"202611","order":3,"settled_revenue":3},{"month":"202611","settled_revenue":3}`,
			`2026-10-16 [{"month":"2026-10-01","order":2,"settled_revenue":1}] 2026-11-01 [{"month":"2026-11-01","order":1,"settled_revenue":2}] `},
		{"publisher_settlement_total", `{"base_resp":{"err_msg":"ok","ret":0},"body":"b","penalty_all":0,"revenue_all":"9","settled_revenue_all":7,"settlement_list":[{"month":"202610","order":1}],"total_num":1}`,
			`2026-11-20 [{"penalty_all":0,"revenue_all":9,"settled_revenue_all":7}] `},
		{"getweanalysisappidvisitdistribution", `{"index":"a","item_list":[{"key":1,"value":2}]},{"index":"","item_list":[{"key":1,"value":2}]}`, `2026-11-20 [{"index":"a","item_list":[{"key":"1","value":2}]}] `},
		{"getweanalysisappiddailyretaininfo", `{"ref_date":"20261120","visit_uv":[],"visit_uv_new":[]}`, ""},
		{"getweanalysisappiddailyretaininfo", `{"ref_date":"20261119","visit_uv":[{"key":0,"value":1}]}`, `2026-11-19 [{"ref_date":"2026-11-19","visit_uv":[{"key":0,"value":1}]}] `},
	} {
		_, api := familyOf(t, c.api)
		answer, got := api.Split(rowsOf(t, c.rows), "2026-10-16", "2026-11-20", 0), ""
		for d := parseDay(t, "2026-10-16"); d <= parseDay(t, "2026-11-20"); d++ {
			if day, ok := answer.Days[d.String()]; ok {
				got += d.String() + " " + string(day.JSON()) + " "
				for _, row := range day.Rows {
					keepsReading(t, api, row)
				}
			}
		}
		if got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.api, c.rows, got, c.want)
		}
	}
	_, api := familyOf(t, "publisher_settlement")
	if n := api.Split([]json.RawMessage{json.RawMessage(`{"month":"202611","order":3,"settled_revenue":3}`)}, "2026-10-16", "2026-11-20", 0).Dropped[DroppedInvalid]; n != 1 {
		t.Errorf("a third half of a month is dropped %d times", n)
	}
}

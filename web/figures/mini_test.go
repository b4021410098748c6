package figures_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/web/figures"
	"github.com/wxexporter/wx_exporter/web/texts"
)

// written is a group in lines: tiles, then tables.
func written(g figures.Group) (lines []string) {
	for _, t := range g.Tiles {
		lines = append(lines, strings.TrimSpace(t.Title+" "+t.Value+" "+t.Change))
	}
	for _, t := range g.Tables {
		lines = append(lines, t.Caption+": "+strings.Join(t.Heads, " | "))
		for _, row := range t.Rows {
			var cells []string
			for _, c := range row {
				cells = append(cells, strings.TrimSpace(c.Text+" "+c.Below))
			}
			lines = append(lines, strings.Join(cells, " | "))
		}
	}
	return lines
}

// TestMiniProgram: what a mini program has that Official Accounts have not: who came
// again with the share of those who were there, pages, distributions and properties
// of visitors once each, and money in yuan.
func TestMiniProgram(t *testing.T) {
	var apis []collector.API
	for _, f := range collector.Families() {
		apis = append(apis, f.Of(collector.Mini).APIs...)
	}
	newest := calendar.Day(20_000) // 2024-10-04
	stored := map[string][]figures.Day{}
	add := func(api string, ago calendar.Day, rows string) {
		stored[api] = append(stored[api], figures.Day{Date: newest - ago, Rows: fmt.Appendf(nil, rows, newest-ago)})
	}
	add("getweanalysisappiddailyretaininfo", 2, `[{"ref_date":"%s","visit_uv_new":[{"key":0,"value":40},{"key":1,"value":10}],"visit_uv":[{"key":0,"value":1200},{"key":1,"value":300},{"key":2,"value":60}]}]`)
	add("getweanalysisappiddailyretaininfo", 1, `[{"ref_date":"%s","visit_uv_new":[{"key":0,"value":0}],"visit_uv":[{"key":0,"value":800},{"key":1,"value":0}]}]`)
	for ago := calendar.Day(1); ago < 3; ago++ {
		add("getweanalysisappidvisitpage", 3-ago, `[{"ref_date":"%s","page_path":"pages/b","page_visit_pv":7,"page_visit_uv":4},{"page_path":"pages/a","page_visit_pv":1000,"page_visit_uv":500}]`)
		add("getweanalysisappidvisitdistribution", 3-ago, `[{"ref_date":"%s","index":"access_source_session_cnt","item_list":[{"key":3,"value":30},{"key":1,"value":20}]},{"index":"access_source_visit_uv","item_list":[{"key":3,"value":25}]},{"index":"access_depth_info","item_list":[{"key":1,"value":50}]}]`)
		add("publisher_adpos_general", 3-ago, `[{"date":"%s","ad_slot":"SLOT_ID_WEAPP_BANNER","income":123456,"ecpm":250}]`)
	}
	add("getweanalysisappiduserportrait", 1, `[{"ref_date":"%s","visit_uv":{"province":[{"id":1,"name":"广东省","value":31}],"genders":[{"id":1,"name":"男","value":9}]},"visit_uv_new":{"province":[{"id":1,"name":"广东省","value":3}]}}]`)
	add("get_performance", 1, `[{"ref_date":"%s","cost_time_type":1,"cost_time":1600}]`)

	groups, err := figures.Account(texts.Chinese, apis, stored)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(groups, func(a, b figures.Group) int { return strings.Compare(a.API, b.API) })
	got := map[string]string{}
	for _, g := range groups {
		got[g.Title] = "\n" + strings.Join(written(g), "\n")
	}
	dashes := strings.Repeat(" | –", 7)
	want := map[string]string{
		"留存": "\n全部用户 · 留存: 日期 | 当日 | +1 | +2 | +3 | +4 | +5 | +6 | +7 | +14 | +30" +
			"\n2024-10-03 周四 | 800 | 0 0.0 % | –" + dashes + "\n2024-10-02 周三 | 1,200 | 300 25.0 % | 60 5.0 %" + dashes +
			"\n新用户 · 留存: 日期 | 当日 | +1 | +2 | +3 | +4 | +5 | +6 | +7 | +14 | +30" +
			"\n2024-10-03 周四 | 0 | – | –" + dashes + "\n2024-10-02 周三 | 40 | 10 25.0 % | –" + dashes,
		"页面": "\n构成: 页面 | 访问次数 (2 天) | 访问人数 (10-03) | 次均停留（秒） (10-03) | 进入次数 (2 天) | 退出次数 (2 天) | 转发次数 (2 天) | 转发人数 (10-03)" +
			"\npages/a | 2,000 | 500 | – | – | – | – | –\npages/b | 14 | 4 | – | – | – | – | –",
		"访问分布": "\n来源: 分类 | 打开次数 (2 天) | 访问人数 (10-03)\n会话 | 60 | 25\n小程序历史列表 | 40 | –\n访问深度: 分类 | 打开次数 (2 天)\n1 页 | 100",
		"用户画像": "\n性别: 名称 | 全部用户 (10-03) | 新用户 (10-03)\n男 | 9 | –\n省份: 名称 | 全部用户 (10-03) | 新用户 (10-03)\n广东省 | 31 | 3",
		"启动耗时": "\n构成: 阶段 | 耗时（秒） (10-03)\n合计 | 1.6",
	}
	for _, g := range groups {
		if g.Title == "留存" && (len(g.Views) != 2 || g.Views[0].Title != "留存新用户") {
			t.Errorf("the downloads are %v", g.Views)
		}
	}
	income := got["广告收入"]
	delete(got, "广告收入")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(income, "\n收入（元） 1,234.56") || !strings.Contains(income, "2,469.12") || !strings.Contains(income, "千次曝光收益（元） (10-03)") || !strings.Contains(income, "| 2.50 |") {
		t.Errorf("revenue is %s", income)
	}
}

// TestSettlements: how far a settlement is stands in words, or as the number that WeChat has
// for what no document names; money is in yuan.
func TestSettlements(t *testing.T) {
	var apis []collector.API
	for _, f := range collector.Families() {
		apis = append(apis, slices.DeleteFunc(f.APIs, func(a collector.API) bool { return a.Name != "publisher_settlement" })...)
	}
	var stored []figures.Day
	for i, status := range []int{5, 4, 2, 9} {
		d := calendar.HalfMonthly.Step(calendar.Day(20_000), i) // the first is 2024-10-01
		stored = append(stored, figures.Day{Date: d, Rows: fmt.Appendf(nil, `[{"month":"%s","order":%d,"settled_revenue":123405,"sett_status":%d}]`, d.FirstOfMonth(), 1+i%2, status)})
	}
	for l, want := range map[texts.Language]string{texts.English: "9, settled, being paid, paid", texts.Chinese: "9, 已结算, 付款中, 已付款"} {
		groups, err := figures.Account(l, apis, map[string][]figures.Day{"publisher_settlement": stored})
		if err != nil || len(groups) != 1 || len(groups[0].Tables) != 1 {
			t.Fatalf("%v: %v", groups, err)
		}
		var got []string
		for _, row := range groups[0].Tables[0].Rows {
			got = append(got, row[2].Text)
			if row[1].Text != "1,234.05" {
				t.Errorf("settled are %s yuan", row[1].Text)
			}
		}
		if got := strings.Join(got, ", "); got != want {
			t.Errorf("%s: %s, want %s", l, got, want)
		}
	}
}

package wxtest

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
)

// into reads an answer as it came.
func into[T any](t testing.TB, body string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return v
}

func object(t testing.TB, body string) map[string]any {
	t.Helper()
	return into[map[string]any](t, body)
}

func (c client) mini(appID, api, begin, end string) answer {
	c.t.Helper()
	return c.do("POST", "/datacube/getweanalysisappid"+api+"?access_token="+c.token(appID), dates(begin, end))
}

// loading asks get_performance for the seconds from begin to end.
func (c client) loading(appID string, phase int, begin, end time.Time) answer {
	c.t.Helper()
	return c.do("POST", "/wxaapi/log/get_performance?access_token="+c.token(appID), fmt.Sprintf(
		`{"cost_time_type":%d,"default_start_time":%d,"default_end_time":%d,"device":"@_all","networktype":"@_all","scene":"@_all","is_download_code":"@_all"}`,
		phase, begin.Unix(), end.Unix()))
}

func TestMiniDatesEnforced(t *testing.T) {
	w, _ := newTest(t, friday)
	c := inProcess(t, w)
	for _, q := range []struct {
		app, api, begin, end string
		code                 int
	}{
		{miniID, "dailysummarytrend", "20261119", "20261119", 0},
		{miniID, "dailyvisittrend", "20261119", "20261119", 0},
		{miniID, "dailyvisittrend", "20261118", "20261119", 61501}, // two days
		{miniID, "dailyvisittrend", "20261120", "20261120", 61501}, // today
		{miniID, "dailyvisittrend", "20261119", "20261118", 61501},
		{miniID, "dailyvisittrend", "2026-11-19", "2026-11-19", 61500},
		{miniID, "dailyvisittrend", "20261119", "", 61500},
		{miniID, "weeklyvisittrend", "20261109", "20261115", 0},
		{miniID, "weeklyvisittrend", "20261109", "20261109", 61501},
		{miniID, "weeklyvisittrend", "20261110", "20261116", 61501},
		{miniID, "weeklyvisittrend", "20261102", "20261115", 61501},
		{miniID, "weeklyvisittrend", "20261116", "20261122", 61501}, // not over
		{miniID, "monthlyvisittrend", "20261001", "20261031", 0},
		{miniID, "monthlyvisittrend", "20260201", "20260228", 0},
		{miniID, "monthlyvisittrend", "20261001", "20261030", 61501},
		{miniID, "monthlyvisittrend", "20260901", "20261031", 61501},
		{miniID, "monthlyvisittrend", "20261101", "20261130", 61501},
		{miniID, "dailyretaininfo", "20261119", "20261119", 0},
		{miniID, "dailyretaininfo", "20261113", "20261119", 61501},
		{miniID, "weeklyretaininfo", "20261109", "20261115", 0},
		{miniID, "weeklyretaininfo", "20261115", "20261115", 61501},
		{miniID, "monthlyretaininfo", "20261001", "20261031", 0},
		{miniID, "monthlyretaininfo", "20261001", "20261001", 61501},
		{miniID, "visitdistribution", "20261118", "20261119", 61501},
		{miniID, "visitpage", "20261118", "20261119", 61501},
		{miniID, "userportrait", "20261119", "20261119", 0},
		{miniID, "userportrait", "20261113", "20261119", 0},
		{miniID, "userportrait", "20261021", "20261119", 0},
		{miniID, "userportrait", "20261022", "20261119", 61501},
		{miniID, "userportrait", "20261020", "20261118", 61501}, // past: never again
		{miniID, "userportrait", "20261118", "20261118", 61501},
		{oldID, "dailyvisittrend", "20261119", "20261119", 48001},
		{oldID, "userportrait", "20261119", "20261119", 48001},
		{plainID, "visitpage", "20261119", "20261119", 0},
	} {
		if a := c.mini(q.app, q.api, q.begin, q.end); a.Errcode != q.code || q.code == 0 && strings.Contains(a.Body, "errcode") {
			t.Errorf("%s %s..%s: code %d, want %d: %.80s", q.api, q.begin, q.end, a.Errcode, q.code, a.Body)
		}
	}
	for _, api := range APIs() {
		if a := c.ask(miniID, api, "2026-11-19", "2026-11-19"); a.Errcode != 48001 {
			t.Errorf("%s of a mini program: code %d", api, a.Errcode)
		}
	}
	if q := c.do("POST", "/cgi-bin/openapi/quota/get?access_token="+c.token(miniID), `{"cgi_path":"/datacube/getweanalysisappiduserportrait"}`); q.Quota["used"] != 6 {
		t.Errorf("quota of an API that was asked six times: %+v", q)
	}
	if q := c.do("POST", "/cgi-bin/openapi/quota/get?access_token="+c.token(miniID), `{"cgi_path":"/datacube/getusersummary"}`); q.Errcode != 76022 {
		t.Errorf("quota of an API of Official Accounts: %+v", q)
	}
}

// TestMiniShapes: the shapes of the facts, with every field that they name.
func TestMiniShapes(t *testing.T) {
	w, _ := newTest(t, friday)
	c := inProcess(t, w)
	first := func(m map[string]any, key string) map[string]any { return m[key].([]any)[0].(map[string]any) }
	trend := []string{"ref_date", "session_cnt", "visit_pv", "visit_uv", "visit_uv_new", "stay_time_session", "visit_depth"}
	for _, q := range []struct {
		api, begin, end, date string
		fields                []string
	}{
		{api: "dailysummarytrend", begin: "20261119", end: "20261119", date: "20261119", fields: []string{"visit_total", "share_pv", "share_uv"}},
		{api: "dailyvisittrend", begin: "20261119", end: "20261119", date: "20261119", fields: trend},
		{api: "weeklyvisittrend", begin: "20261109", end: "20261115", date: "20261109-20261115", fields: trend},
		{api: "monthlyvisittrend", begin: "20261001", end: "20261031", date: "202610", fields: trend},
		{api: "dailyretaininfo", begin: "20261119", end: "20261119", date: "20261119"},
		{api: "weeklyretaininfo", begin: "20261109", end: "20261115", date: "20261109-20261115"},
		{api: "monthlyretaininfo", begin: "20261001", end: "20261031", date: "202610"},
		{api: "visitdistribution", begin: "20261119", end: "20261119", date: "20261119", fields: []string{"index", "item_list"}},
		{api: "visitpage", begin: "20261119", end: "20261119", date: "20261119", fields: []string{"page_path", "page_visit_pv", "page_visit_uv", "page_staytime_pv", "entrypage_pv", "exitpage_pv", "page_share_pv", "page_share_uv"}},
		{api: "userportrait", begin: "20261113", end: "20261119", date: "20261113-20261119"},
	} {
		a := object(t, c.mini(miniID, q.api, q.begin, q.end).Body)
		dated := a
		var row map[string]any
		switch {
		case strings.HasSuffix(q.api, "retaininfo"):
			row = first(a, "visit_uv")
			q.fields = []string{"key", "value"}
		case q.api == "userportrait":
			row = a["visit_uv"].(map[string]any)
			q.fields = []string{"province", "city", "genders", "platforms", "devices", "ages"}
			if province := first(row, "province"); province["id"] == nil || province["name"] == "" || province["value"] == nil {
				t.Errorf("a province is %v", province)
			}
			devices := map[any]int{}
			for _, d := range row["devices"].([]any) {
				devices[d.(map[string]any)["name"]]++
				if _, ok := d.(map[string]any)["id"]; ok {
					t.Errorf("a device has an id: %v", d)
				}
			}
			if !slices.Contains(slices.Collect(maps.Values(devices)), 2) {
				t.Error("no device comes twice")
			}
		default:
			row = first(a, "list")
			if strings.HasSuffix(q.api, "trend") {
				dated = row
			}
		}
		if dated["ref_date"] != q.date {
			t.Errorf("%s: ref_date %v, want %s", q.api, dated["ref_date"], q.date)
		}
		for _, f := range q.fields {
			if _, ok := row[f]; !ok {
				t.Errorf("%s: no %s in %v", q.api, f, row)
			}
		}
	}
	pages := c.mini(miniID, "visitpage", "20261119", "20261119").List
	if len(pages) != 200 {
		t.Errorf("%d pages, want the 200 with the most visits", len(pages))
	}
	indexes := map[any]bool{}
	for _, r := range decoded(t, c.mini(miniID, "visitdistribution", "20261119", "20261119").List) {
		indexes[r["index"]] = true
	}
	if len(indexes) != 5 || !indexes["access_source_visit_uv"] {
		t.Errorf("the indexes are %v", indexes)
	}
}

// TestMiniFiguresAgree: what divides the sessions or visits of a day adds up to them.
func TestMiniFiguresAgree(t *testing.T) {
	w, _ := newTest(t, friday)
	for d := w.Newest() - 13; d <= w.Newest(); d++ {
		day := decoded(t, w.Rows(plainID, "getweanalysisappiddailyvisittrend", d))[0]
		total := func(d calendar.Day) int64 {
			return num(decoded(t, w.Rows(plainID, "getweanalysisappiddailysummarytrend", d))[0], "visit_total")
		}
		if grown := total(d) - total(d-1); grown != num(day, "visit_uv_new") {
			t.Errorf("%s: %d users more, %d are new", d, grown, num(day, "visit_uv_new"))
		}
		for _, r := range decoded(t, w.Rows(plainID, "getweanalysisappidvisitdistribution", d)) {
			want := num(day, "session_cnt")
			if r["index"] == "access_source_visit_uv" {
				want = num(day, "visit_uv")
			}
			var n int64
			for _, item := range r["item_list"].([]any) {
				n += num(item.(map[string]any), "value")
			}
			if n != want || n == 0 {
				t.Errorf("%s %s: %d, want %d", d, r["index"], n, want)
			}
		}
		pages := decoded(t, w.Rows(plainID, "getweanalysisappidvisitpage", d))
		if n := sum(pages, "page_visit_pv", nil); n != num(day, "visit_pv") {
			t.Errorf("%s: %d visits of pages, %d in all", d, n, num(day, "visit_pv"))
		}
	}
	week := decoded(t, w.Rows(plainID, "getweanalysisappidweeklyvisittrend", calendartest.Day(t, "2026-11-09")))[0]
	var visits, visitors int64
	for d := calendartest.Day(t, "2026-11-09"); d <= calendartest.Day(t, "2026-11-15"); d++ {
		r := decoded(t, w.Rows(plainID, "getweanalysisappiddailyvisittrend", d))[0]
		visits, visitors = visits+num(r, "visit_pv"), visitors+num(r, "visit_uv")
	}
	if num(week, "visit_pv") != visits || num(week, "visit_uv") >= visitors {
		t.Errorf("a week has %v; its days %d visits and %d visitors", week, visits, visitors)
	}
}

// TestMiniIsLate: until 10:00 an API answers that a day is not ready, or nothing.
func TestMiniIsLate(t *testing.T) {
	w, clock := newTest(t, "2026-11-20 09:59:59")
	c := inProcess(t, w)
	codes, empty := 0, 0
	asks := map[string][2]string{"weeklyvisittrend": {"20261109", "20261115"}, "weeklyretaininfo": {"20261109", "20261115"}, "monthlyvisittrend": {"20261001", "20261031"}, "monthlyretaininfo": {"20261001", "20261031"}}
	for _, name := range MiniAPIs()[:10] {
		api := strings.TrimPrefix(name, "getweanalysisappid")
		if _, ok := asks[api]; ok {
			continue
		}
		a := c.mini(miniID, api, "20261119", "20261119")
		switch {
		case a.Errcode == 61503:
			codes++
		case a.Errcode == 0 && len(a.List) == 0 && !strings.Contains(a.Body, "value"):
			empty++
		default:
			t.Errorf("%s before 10:00: %.200s", api, a.Body)
		}
	}
	if codes == 0 || empty == 0 {
		t.Errorf("%d APIs say 61503, %d answer nothing: both should be seen", codes, empty)
	}
	clock.add(time.Second)
	w.Fault(Match{API: "getweanalysisappidvisitpage"}, Late(2*time.Hour, calendartest.Day(t, "2026-11-19")))
	for _, name := range MiniAPIs()[:10] {
		api := strings.TrimPrefix(name, "getweanalysisappid")
		days, ok := asks[api]
		if !ok {
			days = [2]string{"20261119", "20261119"}
		}
		a := c.mini(miniID, api, days[0], days[1])
		if there := a.Errcode == 0 && len(a.List)+strings.Count(a.Body, "value") > 0; there == (api == "visitpage") {
			t.Errorf("%s at 10:00: %.200s", api, a.Body)
		}
	}
	clock.add(2 * time.Hour)
	if a := c.mini(miniID, "visitpage", "20261119", "20261119"); len(a.List) != 200 {
		t.Errorf("at noon: %.200s", a.Body)
	}
}

// TestRetentionGrows: the answer about a day has the days after it that are over.
func TestRetentionGrows(t *testing.T) {
	w, clock := newTest(t, friday)
	keys := func(api, date string) (keys []int64, values string) {
		answer := decoded(t, w.Rows(miniID, "getweanalysisappid"+api, calendartest.Day(t, date)))[0]
		for _, r := range answer["visit_uv"].([]any) {
			keys = append(keys, num(r.(map[string]any), "key"))
			values += fmt.Sprint(r.(map[string]any)["value"], " ")
		}
		return keys, values
	}
	var before string
	for _, q := range []struct {
		days int
		want []int64
	}{{0, []int64{0}}, {1, []int64{0, 1}}, {6, []int64{0, 1, 2, 3, 4, 5, 6}}, {13, []int64{0, 1, 2, 3, 4, 5, 6, 7}}, {14, []int64{0, 1, 2, 3, 4, 5, 6, 7, 14}}, {29, []int64{0, 1, 2, 3, 4, 5, 6, 7, 14}}, {30, []int64{0, 1, 2, 3, 4, 5, 6, 7, 14, 30}}} {
		clock.set(calendartest.At(t, friday).AddDate(0, 0, q.days))
		got, values := keys("dailyretaininfo", "2026-11-19")
		if !slices.Equal(got, q.want) || !strings.HasPrefix(values, before) {
			t.Errorf("%d days after: keys %v, want %v; values %s after %s", q.days, got, q.want, values, before)
		}
		before = values
	}
	for _, q := range []struct {
		api, date, at string
		want          int
	}{
		{"weeklyretaininfo", "2026-11-09", "2026-11-22 12:00:00", 1}, {"weeklyretaininfo", "2026-11-09", "2026-11-23 12:00:00", 2},
		{"weeklyretaininfo", "2026-11-09", "2027-01-23 12:00:00", 5},
		{"monthlyretaininfo", "2026-10-01", "2026-11-30 12:00:00", 1}, {"monthlyretaininfo", "2026-10-01", "2026-12-01 12:00:00", 2},
	} {
		clock.set(calendartest.At(t, q.at))
		if got, _ := keys(q.api, q.date); len(got) != q.want {
			t.Errorf("%s at %s: keys %v, want %d", q.api, q.at, got, q.want)
		}
	}
}

func TestPerformance(t *testing.T) {
	w, _ := newTest(t, friday)
	c := inProcess(t, w)
	d := calendartest.Day(t, "2026-11-19")
	from, to := d.Start(), (d + 1).Start().Add(-time.Second)
	for phase := 1; phase <= 3; phase++ {
		a := object(t, c.loading(miniID, phase, from, to).Body)
		inner := object(t, a["default_time_data"].(string))["list"].([]any)
		row := inner[0].(map[string]any)
		if len(inner) != 1 || row["ref_date"] != "20261119" || num(row, "cost_time_type") != int64(phase) || num(row, "cost_time") < 200 || a["errcode"] != 0.0 {
			t.Errorf("phase %d: %v", phase, a)
		}
	}
	for name, a := range map[string]answer{
		"another phase": c.loading(miniID, 4, from, to), "two days": c.loading(miniID, 1, from, to.AddDate(0, 0, 1)),
		"a second less": c.loading(miniID, 1, from, to.Add(-time.Second)), "today": c.loading(miniID, 1, from.AddDate(0, 0, 1), to.AddDate(0, 0, 1)),
	} {
		if a.Errcode != 40097 {
			t.Errorf("%s: %s", name, a.Body)
		}
	}
	if a := c.loading(oldID, 1, from, to); a.Errcode != 48001 {
		t.Errorf("an Official Account: %s", a.Body)
	}
	if calls := w.Calls(); calls[1].Question != "1" || calls[1].Begin != fmt.Sprint(from.Unix()) {
		t.Errorf("the call is noted as %+v", calls[1])
	}
}

// TestAnswer: it is what the API answers.
func TestAnswer(t *testing.T) {
	w, _ := newTest(t, friday)
	c := inProcess(t, w)
	d := w.Newest()
	for _, api := range MiniAPIs()[:10] {
		begin, end := d, d
		if p := apiOf(api); p.period != nil {
			begin = d - 30
			for {
				if next, begins := p.period(begin); begins {
					end = next - 1
					break
				}
				begin--
			}
		}
		got := string(w.Answer(miniID, api, begin, end))
		want := c.mini(miniID, strings.TrimPrefix(api, "getweanalysisappid"), begin.Start().Format(compact), end.Start().Format(compact)).Body
		if got != want || len(got) < 50 {
			t.Errorf("%s: Answer %.100s, the API %.100s", api, got, want)
		}
	}
}

// TestMiniBehaviours: what misbehaves does so with the answers of other shapes too.
func TestMiniBehaviours(t *testing.T) {
	w, _ := newTest(t, friday)
	c := inProcess(t, w)
	for _, q := range []struct {
		api  string
		with Behaviour
		want string // a part of the answer
	}{
		{"visitpage", Empty(), `"list":[]`},
		{"visitpage", WrongTypes(), `"list":{`},
		{"visitpage", EmptyMissing(), `{"ref_date":"20261119"}`},
		{"visitpage", Rewritten(func(string) string { return `"odd"` }), `"list":["odd","odd"`},
		{"dailyretaininfo", Empty(), `{"ref_date":"20261119","visit_uv_new":[],"visit_uv":[]}`},
		{"dailyretaininfo", EmptyNull(), `"visit_uv":null`},
		{"dailyretaininfo", EmptyMissing(), `{}`},
		{"dailyretaininfo", WrongTypes(), `"visit_uv":"of another type"`},
		{"dailyretaininfo", Rewritten(func(string) string { return `{"odd":1}` }), `{"odd":1}`},
		{"dailyvisittrend", OutsideRows(), `"ref_date":"20261118"`},
		{"userportrait", Empty(), `"devices":[]`},
		{"dailyvisittrend", Errcode(61503, "data not ready"), `61503`},
	} {
		remove := w.Fault(Match{API: "getweanalysisappid" + q.api}, q.with)
		a, _ := c.try("POST", "/datacube/getweanalysisappid"+q.api+"?access_token="+c.token(miniID), dates("20261119", "20261119"))
		if !strings.Contains(a.Body, q.want) {
			t.Errorf("%s: %.300s, want %s", q.api, a.Body, q.want)
		}
		remove()
	}
	d := w.Newest()
	w.Correct(miniID, "getweanalysisappiddailyvisittrend", d, 2)
	w.Idle(plainID)
	if rows := decoded(t, w.Rows(plainID, "getweanalysisappiddailyvisittrend", d)); num(rows[0], "visit_pv") != 0 {
		t.Errorf("an idle mini program: %v", rows)
	}
	for _, api := range []string{"getweanalysisappidvisitpage", "getweanalysisappiduserportrait", "get_performance"} {
		if rows := w.Rows(plainID, api, d); len(rows) != 0 {
			t.Errorf("%s of an idle mini program: %s", api, rows)
		}
	}
}

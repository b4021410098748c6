package collector_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/exposition"
	"github.com/wxexporter/wx_exporter/fleet"
	"github.com/wxexporter/wx_exporter/history"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/web/sheets"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// TestForeignAPIs: four APIs that are asked and answer as none of an Official Account's,
// each an entry, go through the whole exporter: the calls are right, and so are states,
// series, the history, the SQL views and what documents say.
func TestForeignAPIs(t *testing.T) {
	families := collector.Resolved("foreign", collector.ForeignPages(), collector.ForeignAnswer(), collector.ForeignWeek(), collector.ForeignQuestions())
	stored := harness.NewMemory()
	var wechat *foreign
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 9, 0, 0, 0, calendar.Beijing))) // a Monday
		wechat = &foreign{}
		pages := exposition.New(exposition.Options{Logger: log.NewNopLogger()})
		f := fleet.New(fleet.Options{Options: poll.Options{
			Families: families, Store: stored, Pages: pages, Durations: poll.NewDurations(), Logger: log.NewNopLogger(), Now: time.Now,
			Random: func() float64 { return 0 },
		}})
		f.Set(poll.AccountOptions{
			Name: "brand", ID: "wx1", Families: []string{"foreign"},
			Settings: plan.Settings{
				Window:   plan.Window{Daily: 3, Hourly: 1, Article: 1},
				Schedule: plan.Schedule{NotBefore: 8 * time.Hour, RetryInterval: 30 * time.Minute, SettleDays: 1},
			},
			Client: wxclient.Options{URL: "https://api.weixin.qq.com", Transport: wechat, Tokens: anyToken{}, Now: time.Now},
		})
		ctx, cancel := context.WithCancel(t.Context())
		var parts sync.WaitGroup
		parts.Go(func() { f.Run(ctx) })
		parts.Go(func() { pages.Run(ctx) })
		synctest.Wait()
		scrape := func() map[string]string {
			t.Helper()
			if err := pages.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			answer := httptest.NewRecorder()
			pages.Metrics().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics?collect[]=foreign", nil))
			return harness.Samples(t, answer.Body.String())
		}
		state := func() (all []string) {
			for _, s := range f.Status() {
				for _, api := range s.APIs {
					all = append(all, fmt.Sprint(api.API, " ", api.State, " ", api.OpenDays, " ", api.Calls))
				}
			}
			return all
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		diff(t, "states at first", []string{"adstat failing 0 1", "getreturned ok 0 3", "getvisitweek ok 0 1", "getload open 1 9"}, state())
		wechat.mu.Lock()
		wechat.late = true // base_resp says no more that it is asked too often, and the second question has an answer
		wechat.mu.Unlock()
		time.Sleep(55 * time.Minute)
		synctest.Wait()
		diff(t, "states an hour later", []string{"adstat ok 0 3", "getreturned ok 0 3", "getvisitweek ok 0 1", "getload ok 0 12"}, state())
		diff(t, "series", wantSeries(), scrape())
		time.Sleep(23 * time.Hour) // the next morning
		synctest.Wait()
		cancel()
		parts.Wait()
	})
	diff(t, "calls", wantCalls(), wechat.calls)
	diff(t, "views", wantViews(), views(t, families, stored))
	diff(t, "history", wantHistory(), samples(t, families, stored))
	m := families[0].Metrics()[0]
	diff(t, "documents", "wx_ad_clicks [slot] times adstat: clicks, adds over days, labels", fmt.Sprint(m.Name, " ", m.Labels, " ", m.Unit, " ", m.APIs, ": ", m.Field, ", adds over ", m.Adds))
}

// wantCalls are the calls of two mornings, by path.
func wantCalls() map[string][]string {
	load := func(first int64) (all []string) {
		for kind := range 3 {
			all = append(all, fmt.Sprintf(`POST {"device":"@_all","end_time":%d,"kind":%d,"start_time":%d}`, first+24*60*60-1, kind+1, first))
		}
		return all
	}
	const twentieth, day = 1795104000, 24 * 60 * 60 // 00:00 in Beijing
	return map[string][]string{
		"/publisher/stat": {
			"GET action=adstat&end_date=2026-11-22&page=1&page_size=2&start_date=2026-11-20",
			"GET action=adstat&end_date=2026-11-22&page=1&page_size=2&start_date=2026-11-20",
			"GET action=adstat&end_date=2026-11-22&page=2&page_size=2&start_date=2026-11-20",
			"GET action=adstat&end_date=2026-11-23&page=1&page_size=2&start_date=2026-11-21",
			"GET action=adstat&end_date=2026-11-23&page=2&page_size=2&start_date=2026-11-21",
		},
		"/datacube/getreturned": {
			`POST {"begin_date":"20261122","end_date":"20261122"}`,
			`POST {"begin_date":"20261121","end_date":"20261121"}`,
			`POST {"begin_date":"20261120","end_date":"20261120"}`,
			`POST {"begin_date":"20261123","end_date":"20261123"}`,
			`POST {"begin_date":"20261122","end_date":"20261122"}`, // it has grown
		},
		// Quotas are asked for /datacube/ alone, and no more on a day when that is refused.
		"/cgi-bin/openapi/quota/get": {`POST {"cgi_path":"/datacube/getreturned"}`, `POST {"cgi_path":"/datacube/getreturned"}`},
		"/datacube/getvisitweek":     {`POST {"begin_date":"20261116","end_date":"20261122"}`},
		"/wxaapi/log/load":           slices.Concat(load(twentieth+2*day), load(twentieth+day), load(twentieth), load(twentieth+2*day), load(twentieth+3*day)),
	}
}

// foreign is a server that answers as the four APIs do.
type foreign struct {
	mu    sync.Mutex
	late  bool // first figures are there, and nothing is asked too often
	calls map[string][]string
}

func (f *foreign) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	query := r.URL.Query()
	query.Del("access_token")
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls == nil {
		f.calls = map[string][]string{}
	}
	f.calls[r.URL.Path] = append(f.calls[r.URL.Path], r.Method+" "+query.Encode()+string(body))
	answer := `{"errcode":48001}`
	var asked struct {
		Begin string `json:"begin_date"`
		Start int64  `json:"start_time"`
		Kind  int    `json:"kind"`
	}
	_ = json.Unmarshal(body, &asked)
	switch r.URL.Path {
	case "/publisher/stat":
		answer = f.page(query.Get("start_date"), query.Get("page"))
	case "/datacube/getreturned":
		answer = returned(asked.Begin)
	case "/datacube/getvisitweek":
		answer = `{"list":[{"ref_date":"20261116-20261122","users":70}]}`
	case "/wxaapi/log/load":
		answer = f.load(asked.Start, asked.Kind)
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(answer)), Request: r}, nil
}

// page answers with clicks of three days, on two pages.
func (f *foreign) page(start, page string) string {
	if !f.late {
		return `{"base_resp":{"ret":45010,"err_msg":"freq limit"}}`
	}
	d, _ := calendar.ParseDay(start)
	row := func(d calendar.Day) string { return fmt.Sprintf(`{"date":"%s","slot":"top","clicks":%d}`, d, d-20000) }
	rows := row(d) + "," + row(d+1)
	if page == "2" {
		rows = row(d + 2)
	}
	return `{"base_resp":{"ret":0},"total_num":3,"list":[` + rows + `]}`
}

// returned answers without a list: how many came again, up to yesterday.
func returned(date string) string {
	d, _ := calendar.Read(date)
	var came []string
	for after := 0; d+calendar.Day(after) < calendar.DayOf(time.Now()); after++ {
		came = append(came, fmt.Sprintf(`{"after":%d,"users":%d}`, after, 9-after))
	}
	return fmt.Sprintf(`{"ref_date":%s,"new":[],"all":{"came":[%s],"new":[{"after":0,"users":1}]}}`, date, strings.Join(came, ","))
}

// load answers in a text; the second question has no answer about the newest day at first.
func (f *foreign) load(start int64, kind int) string {
	d := calendar.DayOf(time.Unix(start, 0))
	if kind == 2 && !f.late && d == calendar.DayOf(time.Now())-1 {
		return `{"data":"","errcode":0}`
	}
	list, _ := json.Marshal(fmt.Sprintf(`{"list":[{"ref_date":%q,"kind":%d,"cost":%d}]}`, d.Compact(), kind, 500*kind))
	return `{"errcode":0,"data":` + string(list) + `}`
}

type anyToken struct{}

func (anyToken) Fetch(context.Context) (wxclient.Token, error) {
	return wxclient.Token{Value: "token", Expiry: time.Now().Add(48 * time.Hour)}, nil
}

func diff[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: - want, + got:\n%s", what, d)
	}
}

// wantSeries are the series of the first morning.
func wantSeries() map[string]string {
	all := map[string]string{
		`wx_visit_weekly_users{account="brand",date="2026-11-16"}`: "70", `wx_latest_visit_weekly_users{account="brand"}`: "70",
		`wx_latest_ad_clicks{account="brand",slot="top"}`: "779",
	}
	for i, date := range []string{"2026-11-20", "2026-11-21", "2026-11-22"} {
		all[fmt.Sprintf(`wx_ad_clicks{account="brand",date=%q,slot="top"}`, date)] = fmt.Sprint(777 + i)
		for after := range 3 - i {
			all[fmt.Sprintf(`wx_returned_users{account="brand",after="%d",date=%q}`, after, date)] = fmt.Sprint(9 - after)
		}
		for kind := 1; kind <= 3; kind++ {
			all[fmt.Sprintf(`wx_load_seconds{account="brand",date=%q,kind="%d"}`, date, kind)] = fmt.Sprint(0.5 * float64(kind))
			all[fmt.Sprintf(`wx_latest_load_seconds{account="brand",kind="%d"}`, kind)] = fmt.Sprint(0.5 * float64(kind))
		}
	}
	for api, day := range map[string]string{"adstat": "2026-11-22", "getreturned": "2026-11-22", "getload": "2026-11-22", "getvisitweek": "2026-11-16"} {
		d, _ := calendar.ParseDay(day)
		all[fmt.Sprintf(`wx_latest_date_timestamp_seconds{account="brand",api=%q,date=%q}`, api, day)] = strconv.FormatFloat(float64(d.Start().Unix()), 'g', -1, 64)
	}
	return all
}

// views returns what the SQL views have after both mornings, of the newest day.
func views(t *testing.T, families []collector.Family, from *harness.Memory) map[string][]string {
	t.Helper()
	var all []store.View
	for _, v := range collector.Views(families) {
		all = append(all, sheets.StoreView(v))
	}
	o := store.Options{Path: t.TempDir(), Views: all}
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.SetAccounts(store.Account{ID: "wx1", Name: "brand"})
	for _, api := range families[0].APIs {
		days, err := from.Days("wx1", api.Name, "2026-01-01", "2026-12-31")
		if err != nil {
			t.Fatal(err)
		}
		s.Put("wx1", api.Name, days...)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := store.OpenReader(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	lines := map[string][]string{}
	for _, v := range all {
		lines[v.Name] = nil
		for line, err := range r.Rows(t.Context(), v, "2026-11-16", "2026-11-22") {
			if err != nil {
				t.Fatal(err)
			}
			if date := fmt.Sprint(line[1]); date == "2026-11-16" || date == "2026-11-22" {
				lines[v.Name] = append(lines[v.Name], strings.Trim(fmt.Sprint(line), "[]"))
			}
		}
	}
	return lines
}

func wantViews() map[string][]string {
	return map[string][]string{
		"adstat":          {"brand 2026-11-22 top 779"},
		"getreturned":     {"brand 2026-11-22"},
		"getreturned_new": nil, "getreturned_all_new": {"brand 2026-11-22 0 1"}, // two lists of the name new
		"getreturned_came": {"brand 2026-11-22 0 9", "brand 2026-11-22 1 8"},
		"getvisitweek":     {"brand 2026-11-16 70"},
		"getload":          {"brand 2026-11-22 1 500", "brand 2026-11-22 2 1000", "brand 2026-11-22 3 1500"},
	}
}

// samples returns the history of what the store holds.
func samples(t *testing.T, families []collector.Family, from *harness.Memory) []string {
	t.Helper()
	var all []string
	convert := history.NewConverter(store.Account{ID: "wx1", Name: "brand"})
	for _, api := range history.APIs(families, nil) {
		days, err := from.Days("wx1", api.Name, "2026-11-16", "2026-11-22")
		if err != nil {
			t.Fatal(err)
		}
		newest := days[len(days)-1]
		some, err := convert.Samples(api, newest.Date, newest.Rows, 0, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range some {
			var labels []string
			for _, l := range one.Labels {
				labels = append(labels, l.Value)
			}
			all = append(all, fmt.Sprint(labels, " ", one.Time.In(calendar.Beijing).Format("01-02 15:04"), " ", one.Value))
		}
	}
	return all
}

func wantHistory() []string {
	return []string{
		"[wx_history_ad_clicks brand top] 11-22 12:00 779",
		"[wx_history_returned_users brand 0] 11-22 12:00 9", "[wx_history_returned_users brand 1] 11-22 12:00 8",
		"[wx_history_visit_weekly_users brand] 11-16 12:00 70",
		"[wx_history_load_seconds brand 1] 11-22 12:00 0.5", "[wx_history_load_seconds brand 2] 11-22 12:00 1", "[wx_history_load_seconds brand 3] 11-22 12:00 1.5",
	}
}

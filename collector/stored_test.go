package collector

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/store/pgtest"
)

// storeViews are the views of APIs as the store takes them.
func storeViews(apis ...API) (all []store.View) {
	for _, v := range Views([]Family{{APIs: apis}}) {
		one := store.View{Name: v.Name, API: v.API, Each: v.Each}
		for _, c := range v.Columns {
			one.Columns = append(one.Columns, store.Column{Name: c.Name, Level: c.Level, Path: c.Path, Kind: c.Kind})
		}
		all = append(all, one)
	}
	return all
}

// viewsShow finds the figures of a stored day in the views of its API: each figure of
// a sample is one of its column, and each row has a line.
func viewsShow(t *testing.T, from *store.Reader, account string, api API, date string, day DayRows) {
	t.Helper()
	columns := map[string][]float64{}
	for i, v := range Views([]Family{{APIs: []API{api}}}) {
		lines := 0
		for line, err := range from.Rows(t.Context(), storeViews(api)[i], date, date, account) {
			if err != nil {
				t.Fatalf("%s: %v", api.Name, err)
			}
			lines++
			for j, c := range v.Columns {
				if c.Level < len(v.Each) {
					continue
				}
				switch n := line[2+j].(type) {
				case int64:
					columns[v.at(c.Path)] = append(columns[v.at(c.Path)], float64(n))
				case float64:
					columns[v.at(c.Path)] = append(columns[v.at(c.Path)], n)
				}
			}
		}
		if len(v.Each) == 0 && lines != len(day.Rows) {
			t.Fatalf("%s has %d lines of %d rows: %s", v.Name, lines, len(day.Rows), day.JSON())
		}
	}
	samples, err := api.Samples(day.JSON(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		field, _, _ := strings.Cut(s.Metric.Field, " x ")
		if s.Metric.Info || field != s.Metric.Field || strings.ContainsAny(field, "/*,") || api.Groups[0].Sums {
			continue
		}
		if !slices.Contains(columns[field], s.Value) {
			t.Fatalf("%s is %v, and in the views %s is %v: %s", s.Metric.Name, s.Value, field, columns[field], day.JSON())
		}
	}
}

// TestViewsShowWhatPagesShow: whatever WeChat answers, both databases show the days
// that /metrics shows, and the same figures.
func TestViewsShowWhatPagesShow(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, 2500) + strings.Repeat(`]}`, 2500)
	answers := map[string]string{
		"getusersummary":  `{"ref_date":"2026-11-20","user_source":"30","new_user":"3","cancel_user":12.0},{"ref_date":20261120,"user_source":0,"new_user":9223372036854775808,"cancel_user":1}`,
		"getusercumulate": `{"ref_date":"2026-11-20","cumulate_user":5,"deep":` + deep + `}`,
		"getarticletotaldetail": `{"ref_date":"2026-11-20","msgid":12,"title":20261120,"detail_list":[{"stat_date":"2026-11-20","like_user":"2","read_delivery_rate":1e-400,"read_finish_rate":"0.5","read_avg_activetime":1e308},
			{"stat_date":"2026-11-21","like_user":4,"like_user":3,"read_finish_rate":1e999,"read_jump_position":[{"position":"1","rate":"0.25"},null,7]}]},
			{"ref_date":"2026-11-20","msgid":"13","detail_list":[{"stat_date":"2026-11-20","like_user":2,"read_delivery_rate":1e-400}]}`,
		"getbizsummary":           `{"ref_date":"2026-11-20","detail":{"zaikan_user":"7","like_user":{},"share_user":"\u0033","read_user_source":[{"scene_desc":"a\u0000b","user_count":"1"}]}}`,
		"getinterfacesummaryhour": `{"ref_date":"2026-11-20","ref_hour":"0900","callback_count":1e3,"total_time_cost":"2.50e3"}`,
	}
	for name, options := range map[string]func(t *testing.T) store.Options{
		"SQLite":     func(t *testing.T) store.Options { return store.Options{Path: t.TempDir()} },
		"PostgreSQL": func(t *testing.T) store.Options { return store.Options{URL: pgtest.Start(t, "fsync=off").Database(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			s, err := store.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			days := map[string]DayRows{}
			for api, rows := range answers {
				_, a := familyOf(t, api)
				days[api] = a.Split(rowsOf(t, rows), "2026-11-20", "2026-11-20", 0).Days["2026-11-20"]
				if len(days[api].Rows) == 0 {
					t.Errorf("%s has no rows", api)
				}
				s.Put("brand", api, store.Day{Date: "2026-11-20", Rows: days[api].JSON()})
			}
			from, err := store.OpenReader(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = from.Close() })
			for api, day := range days {
				_, a := familyOf(t, api)
				viewsShow(t, from, "brand", a, "2026-11-20", day)
			}
		})
	}
}

// TestNoInfinity: a product or a quotient that is no number of a double is no sample,
// also of a day that an older version stored.
func TestNoInfinity(t *testing.T) {
	_, api := familyOf(t, "getarticletotaldetail")
	samples, err := api.Samples([]byte(`[{"ref_date":"2026-11-20","msgid":"1","detail_list":[{"stat_date":"2026-11-20","read_avg_activetime":1e308}]}]`), 0)
	if got := fmt.Sprint(len(samples), err); got != "1 <nil>" { // the title
		t.Errorf("samples %v, %v", samples, err)
	}
}

// keepsReading reads what is stored of a row again: it stays as it is.
func keepsReading(t *testing.T, api API, stored json.RawMessage) {
	t.Helper()
	again, _, misfits, ok := api.read(stored, "")
	if !ok || len(misfits) > 0 || string(again.json) != string(stored) {
		t.Fatalf("%s stores %s, which it reads as %s: %v", api.Name, stored, again.json, misfits)
	}
}

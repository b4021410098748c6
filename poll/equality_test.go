package poll

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestEqualsWeChat: what is exported after a first fill is exactly what WeChat
// has in the window, name by name, label by label, value by value.
func TestEqualsWeChat(t *testing.T) {
	usual := plan.Window{Daily: 30, Hourly: 2, Article: 7, ArticlesPerDay: 200}
	small := plan.Window{Daily: 7, Hourly: 1, Article: 2}
	one := plan.Window{Daily: 1, Hourly: 1, Article: 1}
	for _, c := range []struct {
		name   string
		at     string
		window plan.Window
	}{
		{"a Friday at noon", "2026-11-20 12:00", usual},
		{"before eight", "2026-11-20 07:30", small},
		{"just after midnight", "2026-11-20 00:00", plan.Window{Daily: 2, Hourly: 3, Article: 2}},
		{"Monday before eight", "2026-11-23 03:00", one},
		{"Monday at eight", "2026-11-23 08:00", small},
		{"the 1st before eight", "2026-12-01 06:00", one},
		{"the 1st after eight", "2026-12-01 09:00", small},
		{"a leap day yesterday", "2028-03-01 10:00", small},
		{"the border of years", "2027-01-01 10:00", small},
		{"the first days of the publish family", "2025-11-04 12:00", plan.Window{Daily: 4, Hourly: 1, Article: 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := setup{at: c.at, window: c.window, accounts: []wxtest.Account{brand, shop}}
			if c.window == usual { // one with the pages of the program
				s.served, s.accounts = true, s.accounts[:1]
			}
			simulate(t, s, func(w *world) {
				w.start()
				w.pass(time.Minute)
				w.equalsWeChat()
				for _, line := range w.log.Lines("level=error") {
					w.Error(line)
				}
				for _, a := range w.accounts {
					w.want("after the first fill", `wx_up{account="`+a.Name+`"}`, "1")
				}
			})
		})
	}
}

// equalsWeChat compares the dated series with those of the rows that WeChat has.
func (w *world) equalsWeChat() {
	w.Helper()
	got, want := w.scrape().With(`date="`), harness.Samples(w, harness.Exposed(w, w.whatWeChatHas())).With(`date="`)
	maps.Copy(want, daysOf(w, want))
	if diff := cmp.Diff(want, got); diff != "" || len(got) < 50 {
		w.Errorf("%s: %d series (-WeChat has, +the page has):\n%.2000s", clock(), len(got), diff)
	}
}

// daysOf returns a series for every account and date of dated ones.
func daysOf(t testing.TB, dated harness.Series) harness.Series {
	t.Helper()
	days := harness.Series{}
	label := regexp.MustCompile(`(account|date)="([^"]*)"`)
	for name := range dated {
		of := map[string]string{}
		for _, m := range label.FindAllStringSubmatch(name, -1) {
			of[m[1]] = m[2]
		}
		begins, err := time.Parse(time.RFC3339, of["date"]+"T00:00:00+08:00")
		if err != nil {
			t.Fatal(err)
		}
		days[fmt.Sprintf("wx_day_timestamp_seconds{account=%q,date=%q}", of["account"], of["date"])] = strconv.FormatFloat(float64(begins.Unix()), 'g', -1, 64)
	}
	return days
}

// whatWeChatHas gathers everything that the pages must have at the moment.
func (w *world) whatWeChatHas() (all prometheus.Gatherers) {
	for _, a := range w.accounts {
		for _, f := range collector.Families() {
			days := func(api collector.API) (days []collector.Day, err error) {
				for _, date := range slices.Sorted(slices.Values(w.dates(a, api.Name))) {
					if rows := w.wechat.Rows(a.AppID, api.Name, calendartest.Day(w, date)); len(rows) > 0 {
						list, err := json.Marshal(rows)
						if err != nil {
							return nil, err
						}
						days = append(days, collector.Day{Date: date, Rows: list})
					}
				}
				return days, nil
			}
			r := prometheus.NewRegistry()
			r.MustRegister(&collector.Series{Family: f, Account: a.Name, Days: days})
			all = append(all, r)
		}
	}
	return all
}

// dates returns the dates that an account's rows of an API may carry now, by a
// calendar of its own: every day of the window, the weeks and months whose last
// day lies in it, and at least the newest of which there are rows.
func (w *world) dates(a wxtest.Account, api string) (dates []string) {
	yesterday := time.Now().UTC().Add(8*time.Hour).AddDate(0, 0, -1)
	length := w.window.Daily
	switch api {
	case "getupstreammsghour", "getinterfacesummaryhour", "getuserreadhour", "getusersharehour":
		length = w.window.Hourly
	case "getarticlesummary", "getarticletotal", "getarticleread", "getarticleshare", "getarticletotaldetail":
		length = w.window.Article
	case "getupstreammsgweek", "getupstreammsgdistweek":
		return w.periods(a, api, yesterday, func(last time.Time) (time.Time, bool) {
			return last.AddDate(0, 0, -6), last.Weekday() == time.Sunday
		})
	case "getupstreammsgmonth", "getupstreammsgdistmonth":
		return w.periods(a, api, yesterday, func(last time.Time) (time.Time, bool) {
			return last.AddDate(0, 0, 1).AddDate(0, -1, 0), last.AddDate(0, 0, 1).Day() == 1
		})
	}
	for i := range length {
		dates = append(dates, yesterday.AddDate(0, 0, -i).Format(time.DateOnly))
	}
	return dates
}

// periods returns the first days of the weeks or months. first tells the first
// day of the one that ends on a day, if one does.
func (w *world) periods(a wxtest.Account, api string, yesterday time.Time, first func(last time.Time) (time.Time, bool)) (dates []string) {
	some := false
	for i := 0; i < w.window.Daily || !some && i < 100; i++ {
		begin, ends := first(yesterday.AddDate(0, 0, -i))
		if !ends {
			continue
		}
		date := begin.Format(time.DateOnly)
		dates = append(dates, date)
		some = some || len(w.wechat.Rows(a.AppID, api, calendartest.Day(w, date))) > 0
	}
	return dates
}

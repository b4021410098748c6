package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/web"
)

// BenchmarkFiguresOfAll is the page of 1,000 accounts over an embedded store with
// eight days of each.
func BenchmarkFiguresOfAll(b *testing.B) {
	s, err := store.Open(b.Context(), store.Options{Path: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	today := calendar.DayOf(now)
	var all []poll.Status
	for n := range 1000 {
		one := known(fmt.Sprint("account", n))
		all = append(all, one)
		for _, api := range []string{"getusersummary", "getusercumulate", "getuserread"} {
			var days []store.Day
			for _, f := range stored(one.ID) {
				if f.API == api && f.Date >= (today-8).String() {
					f.Fetched = now
					days = append(days, f.Day)
				}
			}
			s.Put(one.ID, api, days...)
		}
	}
	o := options(all...)
	o.Look = s.Look
	h := web.Handler(o)
	for b.Loop() {
		begin := time.Now()
		if w := ask(h, "GET", "/figures"); w.Code != 200 {
			b.Fatal(w.Code)
		}
		b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms/page")
	}
}

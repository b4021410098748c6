package poll

import (
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/store"
)

// TestExportedDays: which of the kept days are on the pages. A week or a month
// that has just ended takes days to arrive, and the one before it stays till
// then.
func TestExportedDays(t *testing.T) {
	window := plan.Window{Daily: 7, Hourly: 2, Article: 3}
	for _, c := range []struct{ api, today, rows, empty, want string }{
		{"getusercumulate", "11-21", "11-13 11-14 11-20 11-21", "11-19", "11-14 11-20"},
		{"getusercumulate", "11-21", "11-13", "11-20", ""},
		{"getinterfacesummaryhour", "11-21", "11-18 11-19 11-20", "", "11-19 11-20"},
		{"getarticleshare", "11-21", "11-17 11-18 11-20", "", "11-18 11-20"},
		{"getupstreammsgdistweek", "11-21", "10-26 11-02 11-09 11-16", "", "11-09"},
		{"getupstreammsgdistweek", "11-21", "10-26 11-02", "11-09", "11-02"},
		{"getupstreammsgdistweek", "11-21", "10-26 11-02", "", "11-02"},
		{"getupstreammsgdistweek", "11-21", "10-26", "11-02 11-09", ""},
		{"getupstreammsgdistweek", "11-22", "11-02 11-09 11-16", "", "11-09"}, // Sunday: the week goes on
		{"getupstreammsgdistweek", "11-23", "11-02 11-09 11-16", "", "11-16"},
		{"getupstreammsgdistweek", "11-23", "11-02 11-09", "11-16", "11-09"},
		{"getupstreammsgdistweek", "11-25", "11-02 11-09", "11-16", "11-09"},
		{"getupstreammsgdistmonth", "11-21", "09-01 10-01 11-01", "", "10-01"},
		{"getupstreammsgdistmonth", "11-21", "08-01 09-01", "10-01", "09-01"},
		{"getupstreammsgdistmonth", "11-21", "08-01", "", ""},
		{"getupstreammsgdistmonth", "11-30", "10-01 11-01", "", "10-01"},
		{"getupstreammsgdistmonth", "12-01", "09-01 10-01 11-01", "", "11-01"},
	} {
		kept := harness.NewMemory()
		for _, d := range strings.Fields(c.rows) {
			kept.Put("wx1", c.api, store.Day{Date: "2026-" + d, Rows: []byte(`[{"ref_date":"2026-` + d + `"}]`)})
		}
		for _, d := range strings.Fields(c.empty) {
			kept.Put("wx1", c.api, store.Day{Date: "2026-" + d, Rows: []byte("[]"), Open: true})
		}
		now := func() time.Time { return calendartest.Day(t, "2026-"+c.today).Start() }
		a := New(Options{Store: kept, Durations: NewDurations(), Logger: log.NewNopLogger(), Now: now}, AccountOptions{ID: "wx1", Settings: plan.Settings{Window: window}}, NewCounters())
		days, err := a.exportedDays(apiNamed(t, c.api))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range days {
			got = append(got, d.Date[5:])
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s on %s with rows of %s: - want, + got:\n%s", c.api, c.today, c.rows, diff)
		}
	}
}

package app

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestRetentionThen: only a retention that is lower than before begins anew.
func TestRetentionThen(t *testing.T) {
	since := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	now := since.Add(100 * time.Hour)
	for _, c := range []struct {
		was  retention
		days int
		at   time.Time
		want retention
	}{
		{retention{}, 0, now, retention{}},
		{retention{}, 60, now, retention{60, now}},
		{retention{60, since}, 60, now, retention{60, since}},
		{retention{60, since}, 59, now, retention{59, now}},
		{retention{60, since}, 61, now, retention{61, since}},
		{retention{60, since}, 0, now, retention{0, since}},
		{retention{0, since}, 400, now, retention{400, now}},
		{retention{60, now.Add(time.Hour)}, 60, now, retention{60, now}}, // a clock was ahead
	} {
		got, changed := c.was.then(c.days, c.at)
		if got != c.want || changed != (c.want != c.was) {
			t.Errorf("%v, then %d days: %v, %v, want %v", c.was, c.days, got, changed, c.want)
		}
	}
}

// fillOld stores days back to a day, for two accounts, of an API by day and one by
// month.
func fillOld(t *testing.T, dir string, days int, today calendar.Day) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Path: dir, Views: views(collector.Families())})
	if err != nil {
		t.Fatal(err)
	}
	for _, account := range []string{"wx1", "wx2"} {
		for n := range days {
			d := today - 1 - calendar.Day(n)
			s.Put(account, "getusersummary", store.Day{Date: d.String(), Rows: []byte("[]"), Fetched: time.Now()})
		}
		for d, n := today.FirstOfMonth(), 0; n < 6; d, n = (d - 1).FirstOfMonth(), n+1 {
			s.Put(account, "getupstreammsgmonth", store.Day{Date: d.String(), Rows: []byte("[]"), Fetched: time.Now()})
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// storedDays counts the stored days by API, and says which is the oldest.
func storedDays(t *testing.T, dir string) map[string]string {
	t.Helper()
	r, err := store.OpenReader(t.Context(), store.Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	found := map[string]string{}
	for _, api := range []string{"getusersummary", "getupstreammsgmonth"} {
		n, oldest := 0, ""
		for d, err := range r.Days(t.Context(), "wx1", api, "0000", "9999") {
			if err != nil {
				t.Fatal(err)
			}
			if n++; oldest == "" {
				oldest = d.Date
			}
		}
		found[api] = fmt.Sprintf("%d from %s", n, oldest)
	}
	return found
}

// TestRetention: the whole program keeps what it says, for each API, warns a day
// before it deletes for the first time or more than before, also over a restart, and
// says what it has deleted.
func TestRetention(t *testing.T) {
	now := time.Date(2026, 11, 29, 4, 0, 0, 0, time.UTC)
	today := calendar.DayOf(now)
	dir := t.TempDir()
	fillOld(t, dir, 365, today)
	const monthly = "getupstreammsgmonth"
	all := map[string]string{"getusersummary": "365 from " + (today - 365).String(), monthly: "6 from 2026-06-01"}
	for _, c := range []struct {
		name      string
		retention int
		after     time.Duration
		want      map[string]string
		says      string // "" is nothing of days
	}{
		{"for ever", 0, 0, all, ""},
		{"new, while the clock is unset", 60, time.Unix(0, 0).Sub(now), all, ""},
		{"new", 60, 0, all, `level=warn retention=60 rows=616 accounts=2 oldest=2025-11-29 newest=2026-09-29 msg="retention is new or lower, old days will be deleted" at=2026-11-30T12:00:00+08:00`},
		{"a restart too soon", 60, 23 * time.Hour, all, "old days will be deleted"},
		{"a day later", 60, 24 * time.Hour, map[string]string{"getusersummary": "59 from 2026-10-01", monthly: "3 from 2026-09-01"},
			`level=info retention=60 rows=618 accounts=2 oldest=2025-11-29 newest=2026-09-30 msg="deleted old days"`},
		{"again", 60, 25 * time.Hour, map[string]string{"getusersummary": "59 from 2026-10-01", monthly: "3 from 2026-09-01"}, ""},
		{"raised", 70, 25 * time.Hour, map[string]string{"getusersummary": "59 from 2026-10-01", monthly: "3 from 2026-09-01"}, ""},
		{"lowered", 31, 25 * time.Hour, map[string]string{"getusersummary": "59 from 2026-10-01", monthly: "3 from 2026-09-01"}, "old days will be deleted"},
		{"a day after that", 31, 49 * time.Hour, map[string]string{"getusersummary": "29 from 2026-10-31", monthly: "3 from 2026-09-01"}, "deleted old days"},
	} {
		cfg := harness.Write(t, t.TempDir(), "config.yml", harness.Config("http://127.0.0.1:1", wxtest.DemoAccounts()[:1], fmt.Sprintf("storage: {retention: %d}", c.retention)))
		ctx, stop := context.WithCancel(t.Context())
		log := &harness.Output{}
		code := make(chan int)
		go func() {
			args := []string{"--config.file=" + cfg, "--storage.path=" + dir, "--web.listen-address=127.0.0.1:0"}
			code <- Run(ctx, args, Host{Getenv: func(string) string { return "" }, Stdout: log, Stderr: log, Now: func() time.Time { return now.Add(c.after) }})
		}()
		if c.says != "" {
			harness.Eventually(t, c.name, func() bool { return strings.Contains(log.String(), c.says) })
		} else {
			harness.Eventually(t, c.name, func() bool { return log.Listening() != "" })
		}
		stop()
		if got := <-code; got != 0 {
			t.Fatalf("%s: code %d: %s", c.name, got, log)
		}
		if diff := cmp.Diff(c.want, storedDays(t, dir)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if n := strings.Count(log.String(), "old days"); n > 1 || c.says == "" && n > 0 {
			t.Errorf("%s: %s", c.name, log)
		}
	}
}

// TestRetentionOfAWrongClock: a clock that is known to be wrong deletes nothing.
func TestRetentionOfAWrongClock(t *testing.T) {
	now := time.Date(2026, 11, 29, 4, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	fillOld(t, dir, 100, calendar.DayOf(now))
	for _, right := range []bool{false, true} {
		before := storedDays(t, dir)["getusersummary"]
		s, err := store.Open(t.Context(), store.Options{Path: dir, Views: views(collector.Families())})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SetNote(retentionNote, `{"days": 60, "since": "2026-01-01T00:00:00Z"}`); err != nil {
			t.Fatal(err)
		}
		h := &housekeeper{
			store: s, now: func() time.Time { return now.AddDate(0, 0, 10) }, logger: log.NewNopLogger(), clockRight: func(context.Context) bool { return right },
			rule: func() rule {
				return rule{60, func(_ string, today calendar.Day) string { return (today - 60).String() }}
			},
		}
		h.deleteOld(t.Context())
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if after := storedDays(t, dir)["getusersummary"]; (after != before) != right {
			t.Errorf("with the clock right: %v, there were %s, and there are %s", right, before, after)
		}
	}
}

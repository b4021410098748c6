package poll

import (
	"fmt"
	"regexp"
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

// retyped writes a field of every row in another way; $1 is what it was.
func retyped(field, as string) wxtest.Behaviour {
	value := regexp.MustCompile(`("` + field + `"):("[^"]*"|[0-9.]+)`)
	return wxtest.Rewritten(func(row string) string { return value.ReplaceAllString(row, `$1:`+as) })
}

// TestOtherWays: numbers in strings and with a point, identifiers as numbers and days
// without dashes are read, whatever API sends them.
func TestOtherWays(t *testing.T) {
	page := func(t *testing.T, faults ...wxtest.Behaviour) (data harness.Series) {
		simulate(t, setup{at: "2026-11-20 12:00", window: plan.Window{Daily: 3, Hourly: 1, Article: 3}}, func(w *world) {
			for _, how := range faults {
				w.fault(wxtest.Statistics, how)
			}
			w.start()
			w.pass(time.Minute)
			data = w.scrape().With(`date="`)
			w.want("after the fill", `wx_up{account="brand"}`, "1")
			if lines := w.log.Lines("level=warn"); len(lines) > 0 {
				t.Errorf("it warns: %s", lines)
			}
		})
		return data
	}
	want := page(t)
	number := regexp.MustCompile(`:([0-9]+)([,}\]])`)
	day := regexp.MustCompile(`"(20[0-9]{2})-([0-9]{2})-([0-9]{2})"`)
	for name, how := range map[string]func(string) string{
		"numbers in strings":   func(row string) string { return number.ReplaceAllString(row, `:"$1"$2`) },
		"numbers with a point": func(row string) string { return number.ReplaceAllString(row, `:$1.0$2`) },
		"hours as times": func(row string) string {
			return regexp.MustCompile(`"ref_hour":([0-9]{3})\b`).ReplaceAllString(row, `"ref_hour":"0$1"`)
		},
		"days without dashes": func(row string) string { return day.ReplaceAllString(row, `"$1$2$3"`) },
		"days as numbers":     func(row string) string { return day.ReplaceAllString(row, `$1$2$3`) },
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, page(t, wxtest.Rewritten(how))); diff != "" {
				t.Errorf("the series differ from those of good weather (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNothingCanBeRead: an answer of which nothing can be read is an error of the API,
// which one line tells, for as long as it lasts. No day of it counts as not computed.
func TestNothingCanBeRead(t *testing.T) {
	for name, settle := range map[string]int{"while days settle": 3, "when days settle at once": 0} {
		t.Run(name, func(t *testing.T) {
			schedule := plan.Schedule{NotBefore: 8 * time.Hour, RetryInterval: 30 * time.Minute, SettleDays: settle, Spread: 4 * time.Minute}
			simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "interface"}, schedule: schedule}, func(w *world) {
				undo := w.fault("getusercumulate", retyped("cumulate_user", `{"n":$2}`))
				w.start()
				w.pass(time.Minute)
				broken := func(when string) {
					w.wantState(when, plan.StateFailing, "getusercumulate")
					w.wantState(when, plan.StateOK, "getusersummary", "getinterfacesummary")
					w.want(when, `wx_up{account="brand"}`, "0",
						`wx_collector_success{account="brand",collector="user"}`, "0",
						`wx_collector_success{account="brand",collector="interface"}`, "1",
						`wx_api_open_days{account="brand",api="getusercumulate"}`, "0")
					if n := w.scrape()[`wx_rows_dropped_total{account="brand",api="getusercumulate",reason="invalid"}`]; n == "" || n == "0" {
						t.Errorf("%s, no row is counted", when)
					}
				}
				broken("at first")
				lines := w.log.Lines("level=warn")
				if len(lines) != 1 || !strings.Contains(lines[0], "cumulate_user is an object") || !strings.Contains(lines[0], "code=invalid") || !strings.Contains(lines[0], "api=getusercumulate") {
					t.Errorf("want one line with the field and what it is, got %s", lines)
				}
				w.until("2026-11-27 12:00")
				broken("a week later")
				if lines := w.log.Lines("level=warn"); len(lines) != 1 {
					t.Errorf("it is told again: %s", lines)
				}
				for at := calendartest.At(w, "2026-11-21 00:00"); at.Before(time.Now()); at = at.Add(24 * time.Hour) {
					if n := len(w.callsSince("getusercumulate", at)) - len(w.callsSince("getusercumulate", at.Add(24*time.Hour))); n > 30 || n == 0 {
						t.Errorf("%d calls on %s", n, at)
					}
				}
				undo()
				w.until("2026-11-27 14:30")
				w.wantState("mended", plan.StateOK, "getusercumulate")
				w.want("mended", `wx_up{account="brand"}`, "1")
				if n := len(w.scrape().With("wx_cumulate_users{")); n != 8 {
					t.Errorf("%d of 8 days are there", n)
				}
			})
		})
	}
}

// TestPartlyRead: of a new day, what can be read is there at once, and the day is asked
// for again with the pauses of a failure. When it has settled, that is all.
func TestPartlyRead(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		w.start()
		w.until("2026-11-21 07:00")
		seven := w.scrape().With("wx_new_users{", `date="2026-11-19"`)
		spoilt := regexp.MustCompile(`("ref_date":"2026-11-20",.*"user_source"):(1|17)\b`)
		w.fault("getusersummary", wxtest.Rewritten(func(row string) string { return spoilt.ReplaceAllString(row, `$1:"s$2"`) }))
		w.until("2026-11-21 08:10")
		w.wantState("partly read", plan.StateFailing, "getusersummary")
		w.want("partly read", `wx_up{account="brand"}`, "0", `wx_api_open_days{account="brand",api="getusersummary"}`, "1",
			`wx_new_users{account="brand",date="2026-11-20",source="17"}`, "")
		if n := len(w.scrape().With("wx_new_users{", `date="2026-11-20"`)); n == 0 || n >= len(seven)+2 {
			t.Errorf("%d series of the day, where another one has %d", n, len(seven))
		}
		if lines := w.log.Lines("level=warn"); len(lines) != 1 || !strings.Contains(lines[0], "user_source is a text") {
			t.Errorf("want one line with the field and what it is, got %s", lines)
		}
		var calls []string
		for _, c := range w.callsSince("getusersummary", calendartest.At(w, "2026-11-21 07:00")) {
			calls = append(calls, c.Time.In(calendar.Beijing).Format("15:04"))
		}
		if len(calls) < 1 || len(calls) > 2 {
			t.Errorf("in its first minutes it is asked for at %s", calls)
		}
		w.until("2026-11-21 10:00")
		if n := len(w.callsSince("getusersummary", calendartest.At(w, "2026-11-21 07:00"))); n < 4 || n > 6 { // after 5, 10, 20 and 40 minutes
			t.Errorf("in two hours it is asked for %d times", n)
		}
		w.until("2026-11-23 23:00")
		w.wantState("before it settles", plan.StateFailing, "getusersummary")
		w.until("2026-11-24 09:00")
		w.wantState("when it has settled", plan.StateOK, "getusersummary")
		w.want("when it has settled", `wx_up{account="brand"}`, "1", `wx_api_open_days{account="brand",api="getusersummary"}`, "0")
		got := w.scrape()
		if n := got[`wx_rows_dropped_total{account="brand",api="getusersummary",reason="invalid"}`]; n == "" || n == "0" {
			t.Error("no row is counted")
		}
		for d := 21; d <= 23; d++ {
			if date := fmt.Sprintf(`date="2026-11-%d"`, d); len(got.With("wx_new_users{", date)) == 0 {
				t.Errorf("%s is missing", date)
			}
		}
	})
}

// TestStoredRowsStay: rows that could not be read replace none that were stored, and
// the days are asked for again.
func TestStoredRowsStay(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		w.start()
		w.until("2026-11-21 07:00")
		before := w.scrape().With("wx_new_users{")
		spoilt := regexp.MustCompile(`("user_source"):(0|17)\b`)
		undo := w.fault("getusersummary", wxtest.Rewritten(func(row string) string { return spoilt.ReplaceAllString(row, `$1:{}`) }))
		w.until("2026-11-21 08:10")
		during := w.scrape()
		for s, v := range before {
			if during[s] != v && !strings.Contains(s, `date="2026-11-12"`) {
				t.Errorf("%s was %s and is %q", s, v, during[s])
			}
		}
		w.wantState("with rows that cannot be read", plan.StateFailing, "getusersummary")
		known, err := w.store.Known(brand.AppID, "getusersummary", "2026-11-18", "2026-11-20")
		if err != nil || len(known) != 3 {
			t.Fatalf("%d days, %v", len(known), err)
		}
		for _, k := range known {
			if !k.Open {
				t.Errorf("%s is final", k.Date)
			}
		}
		undo()
		w.until("2026-11-21 09:00")
		w.wantState("mended", plan.StateOK, "getusersummary")
		w.want("mended", `wx_api_open_days{account="brand",api="getusersummary"}`, "0")
	})
}

// TestUnreadableField: a field that cannot be read is missing alone, and no failure.
func TestUnreadableField(t *testing.T) {
	simulate(t, setup{at: "2026-11-21 12:00", families: []string{"publish"}}, func(w *world) {
		w.start()
		w.pass(time.Minute)
		want := w.scrape().With("wx_publish_", `date="`)
		undo := w.fault(wxtest.Statistics, wxtest.Rewritten(func(row string) string {
			row = strings.ReplaceAll(row, `"zaikan_user":`, `"zaikan_user":{},"other":`)
			return regexp.MustCompile(`"read_finish_rate":[0-9.]+`).ReplaceAllString(row, `"read_finish_rate":"n/a"`)
		}))
		defer undo()
		w.until("2026-11-22 09:00")
		w.wantState("without a field", plan.StateOK, "getbizsummary")
		w.want("without a field", `wx_up{account="brand"}`, "1")
		got := w.scrape()
		for _, metric := range []string{"wx_publish_like_users{", "wx_publish_article_total_like_users{"} {
			if len(got.With(metric, `date="2026-11-21"`)) == 0 {
				t.Errorf("with it %s is gone", metric)
			}
		}
		if len(got.With("wx_publish_zaikan_users{", `date="2026-11-21"`)) > 0 {
			t.Error("the field is there")
		}
		for s := range want.With("wx_publish_zaikan_users{") {
			if got[s] == "" && !strings.Contains(s, `date="2026-11-13"`) {
				t.Errorf("%s is gone", s)
			}
		}
		if n := got[`wx_fields_unreadable_total{account="brand",api="getbizsummary"}`]; n != "8" { // of the days that come along
			t.Errorf("%s fields are counted", n)
		}
		for _, one := range w.running[0].Status().APIs {
			if lacks := strings.Contains(one.Lacks, "zaikan_user is an object"); one.API == "getbizsummary" && !lacks {
				t.Errorf("the status of %s says %q", one.API, one.Lacks)
			}
		}
	})
}

// TestMisreadAfterARestart: what could not be read is a failure also after a restart,
// is not told again, and is tried at once.
func TestMisreadAfterARestart(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		undo := w.fault("getusercumulate", retyped("cumulate_user", `[$2]`))
		w.start()
		w.until("2026-11-20 20:00")
		w.stop()
		w.start()
		w.pass(time.Minute)
		w.wantState("after a restart", plan.StateFailing, "getusercumulate")
		w.want("after a restart", `wx_up{account="brand"}`, "0")
		if lines := w.log.Lines("level=warn"); len(lines) != 1 {
			t.Errorf("want one line, got %s", lines)
		}
		w.stop()
		undo()
		w.start()
		w.pass(time.Minute)
		w.wantState("after a version that reads it was started", plan.StateOK, "getusercumulate")
	})
}

// TestFillPastWhatCannotBeRead: a day before the window of which nothing can be read
// holds up neither the fill nor the account, and is asked for once a day.
func TestFillPastWhatCannotBeRead(t *testing.T) {
	const spoilt = "2026-11-10"
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"interface"}, backfill: plan.Backfill{Since: calendartest.Day(t, "2026-11-05"), CallsPerDay: 20}}, func(w *world) {
		w.fault("getinterfacesummaryhour", wxtest.Rewritten(func(row string) string {
			if strings.Contains(row, spoilt) {
				return strings.ReplaceAll(row, `"ref_hour"`, `"hour"`)
			}
			return row
		}))
		w.start()
		w.until("2026-11-23 12:00")
		w.wantState("with a day that cannot be read", plan.StateOK, "getinterfacesummaryhour")
		w.want("with a day that cannot be read", `wx_up{account="brand"}`, "1",
			`wx_history_days_missing{account="brand",api="getinterfacesummaryhour"}`, "1")
		asked := 0
		for _, c := range w.callsSince("getinterfacesummaryhour", calendartest.At(w, "2026-11-20 12:00")) {
			if c.Begin == spoilt {
				asked++
			}
		}
		if asked != 4 {
			t.Errorf("the day is asked for %d times in four days", asked)
		}
	})
}

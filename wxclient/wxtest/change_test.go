package wxtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
)

func TestCorrect(t *testing.T) {
	w, _ := newTest(t, friday)
	c := inProcess(t, w)
	d := w.Newest() - 3
	for _, q := range []struct{ api, field string }{{"getusercumulate", "cumulate_user"}, {"getupstreammsg", "msg_count"}} {
		before := sum(decoded(t, w.Rows(oldID, q.api, d)), q.field, nil)
		beside := fmt.Sprintf("%s", w.Rows(oldID, q.api, d+1))
		w.Correct(oldID, q.api, d, 3)
		w.Correct(oldID, q.api, d, 2)
		rows := decoded(t, w.Rows(oldID, q.api, d))
		if got := sum(rows, q.field, nil); got != 2*before || rows[0]["ref_date"] != d.String() {
			t.Errorf("%s: %d corrected by 2 is %d", q.api, before, got)
		}
		if got := sum(decoded(t, c.ask(oldID, q.api, d.String(), d.String()).List), q.field, nil); got != 2*before {
			t.Errorf("%s answers %d, want %d", q.api, got, 2*before)
		}
		if fmt.Sprintf("%s", w.Rows(oldID, q.api, d+1)) != beside {
			t.Errorf("%s: the next day changed too", q.api)
		}
		w.Correct(oldID, q.api, d, 1)
		if got := sum(decoded(t, w.Rows(oldID, q.api, d)), q.field, nil); got != before {
			t.Errorf("%s: corrected back to %d, was %d", q.api, got, before)
		}
	}
	codes := decoded(t, w.Rows(oldID, "getupstreammsg", d))
	w.Correct(oldID, "getupstreammsg", d, 5)
	for i, r := range decoded(t, w.Rows(oldID, "getupstreammsg", d)) {
		if r["msg_type"] != codes[i]["msg_type"] {
			t.Errorf("a correction changed msg_type %v to %v", codes[i]["msg_type"], r["msg_type"])
		}
	}
}

func TestSpikeFailures(t *testing.T) {
	for _, account := range DemoAccounts()[:2] {
		w := Demo(func() time.Time { return calendartest.At(t, friday) })
		d := w.Newest()
		count := func(api string, d calendar.Day, field string) int64 {
			return sum(decoded(t, w.Rows(account.AppID, api, d)), field, nil)
		}
		before, calls := count("getinterfacesummary", d, "fail_count"), count("getinterfacesummary", d, "callback_count")
		dayBefore := count("getinterfacesummary", d-1, "fail_count")
		w.SpikeFailures(account.AppID, d, 80)
		after, hours := count("getinterfacesummary", d, "fail_count"), count("getinterfacesummaryhour", d, "fail_count")
		if after < 20*max(before, 1) || after != hours || after > calls {
			t.Errorf("%s: %d failures of %d callbacks became %d, %d in the hours", account.Name, before, calls, after, hours)
		}
		if count("getinterfacesummary", d, "callback_count") != calls || count("getinterfacesummary", d-1, "fail_count") != dayBefore {
			t.Errorf("%s: the spike changed more than the failures of the day", account.Name)
		}
		if w.SpikeFailures(account.AppID, d, 1e9); count("getinterfacesummary", d, "fail_count") != calls {
			t.Errorf("%s: a huge spike fails %d of %d callbacks", account.Name, count("getinterfacesummary", d, "fail_count"), calls)
		}
	}
}

func TestIdle(t *testing.T) {
	w, _ := newTest(t, friday)
	w.Idle(oldID)
	for _, api := range APIs() {
		for d := w.Newest() - 40; d <= w.Newest(); d++ {
			rows := decoded(t, w.Rows(oldID, api, d))
			switch api {
			case "getusersummary":
				if _, sent := rows[0]["new_user"]; len(rows) != 1 || !sent || num(rows[0], "new_user")+num(rows[0], "cancel_user") != 0 {
					t.Errorf("%s of an idle account: %v", api, rows)
				}
			case "getusercumulate":
				if len(rows) != 1 || num(rows[0], "cumulate_user") != 50_000 {
					t.Errorf("%s of an idle account: %v", api, rows)
				}
			default:
				if len(rows) != 0 {
					t.Errorf("%s of an idle account: %v", api, rows)
				}
			}
		}
	}
}

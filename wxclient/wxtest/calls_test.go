package wxtest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
)

func TestCalls(t *testing.T) {
	w, _ := newTest(t, friday)
	c := inProcess(t, w)
	token := c.token(oldID)
	w.ResetCalls()
	path := "/datacube/getusersummary?access_token=" + token
	c.do("POST", path, dates("2026-11-18", "2026-11-19"))
	c.do("POST", path, dates("2026-11-01", "2026-11-19"))
	c.try("POST", "/nowhere", "")
	c.try("POST", "/datacube/getbizsummary?access_token=nonsense", dates("2026-11-18", "2026-11-19"))
	w.Fault(Match{API: "getusersummary"}, HTTPStatus(502))
	c.try("POST", path, "")
	c.token(newID)
	w.Rows(oldID, "getusersummary", w.Newest())
	now := w.options.Now()
	want := []Call{
		{now, oldID, "getusersummary", "2026-11-18", "2026-11-19", 0, 200, 0, ""},
		{now, oldID, "getusersummary", "2026-11-01", "2026-11-19", 61501, 200, 0, ""},
		{now, "", "/nowhere", "", "", 0, 404, 0, ""},
		{now, "", "getbizsummary", "2026-11-18", "2026-11-19", 40014, 200, 0, ""},
		{now, oldID, "getusersummary", "", "", 0, 502, 0, ""},
		{now, newID, StableToken, "", "", 0, 200, 0, ""},
	}
	if got := w.Calls(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("calls\n%+v, want\n%+v", got, want)
	}
	for _, q := range []struct {
		app, api string
		n        int
	}{
		{oldID, "getusersummary", 3}, {oldID, "", 3}, {newID, "", 1}, {"", Statistics, 4}, {"", Tokens, 1}, {"", "", 6}, {oldID, "getusercumulate", 0},
	} {
		if got := w.Count(q.app, q.api); got != q.n {
			t.Errorf("Count(%q, %q) = %d, want %d", q.app, q.api, got, q.n)
		}
	}
	w.ResetCalls()
	if w.Count("", "") != 0 || len(w.Calls()) != 0 {
		t.Error("calls after ResetCalls")
	}
}

func TestCallLogIsBounded(t *testing.T) {
	w := New(Options{Accounts: testAccounts(), CallLog: 100})
	c := inProcess(t, w)
	for range 1000 {
		c.try("POST", "/nowhere", "")
	}
	if n := len(w.Calls()); n > 100 || n < 50 {
		t.Errorf("%d calls are remembered", n)
	}
	if n := w.Count("", ""); n != 1000 {
		t.Errorf("%d calls are counted", n)
	}
}

// All at once, for the race detector; and what was answered is counted.
func TestConcurrentUse(t *testing.T) {
	w, clock := newTest(t, friday)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			c := inProcess(t, w)
			app := []string{oldID, newID}[i%2]
			for _, api := range APIs() {
				c.ask(app, api, "2026-11-09", "2026-11-09")
				w.Rows(app, api, calendartest.Day(t, "2026-11-10"))
				remove := w.Fault(Match{API: api, Times: 1}, Empty())
				w.Correct(app, api, calendartest.Day(t, "2026-11-10"), 2)
				w.SpikeFailures(app, calendartest.Day(t, "2026-11-10"), 2)
				w.Calls()
				clock.add(1)
				remove()
			}
		})
	}
	group.Wait()
	if got, want := w.Count("", Statistics), 8*len(APIs()); got != want {
		t.Errorf("%d calls are counted, want %d", got, want)
	}
}

package wxtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
)

func TestDatesEnforced(t *testing.T) {
	w, _ := newTest(t, friday)
	c := inProcess(t, w)
	for _, q := range []struct {
		app, api, begin, end string
		code                 int
	}{
		{oldID, "getusersummary", "2026-11-13", "2026-11-19", 0},
		{oldID, "getusersummary", "2026-11-12", "2026-11-19", 61501}, // eight days
		{oldID, "getusersummary", "2026-11-20", "2026-11-20", 61501}, // today
		{oldID, "getusersummary", "2026-11-19", "2026-11-18", 61501},
		{oldID, "getusersummary", "2014-12-01", "2014-12-01", 0},
		{oldID, "getusersummary", "2014-11-30", "2014-12-01", 61501},
		{oldID, "getusersummary", "2026-11-1", "2026-11-01", 61500},
		{oldID, "getusersummary", "20261101", "20261101", 61500},
		{oldID, "getusersummary", "2026-02-30", "2026-03-01", 61500},
		{oldID, "getusersummary", "2026-11-19", "", 61500},
		{oldID, "getusercumulate", "2026-11-12", "2026-11-19", 61501},
		{oldID, "getupstreammsg", "2026-11-13", "2026-11-19", 0},
		{oldID, "getupstreammsg", "2026-11-12", "2026-11-19", 61501},
		{oldID, "getupstreammsghour", "2026-11-19", "2026-11-19", 0},
		{oldID, "getupstreammsghour", "2026-11-18", "2026-11-19", 61501},
		{oldID, "getupstreammsgweek", "2026-11-09", "2026-11-09", 0},
		{oldID, "getupstreammsgweek", "2026-11-09", "2026-11-15", 61501},
		{oldID, "getupstreammsgmonth", "2026-10-01", "2026-10-31", 61501},
		{oldID, "getupstreammsgdist", "2026-11-05", "2026-11-19", 0},
		{oldID, "getupstreammsgdist", "2026-11-04", "2026-11-19", 61501},
		{oldID, "getupstreammsgdistweek", "2026-11-02", "2026-11-09", 61501},
		{oldID, "getupstreammsgdistmonth", "2026-10-01", "2026-10-02", 61501},
		{oldID, "getinterfacesummary", "2026-10-21", "2026-11-19", 0},
		{oldID, "getinterfacesummary", "2026-10-20", "2026-11-19", 61501},
		{oldID, "getinterfacesummaryhour", "2026-11-18", "2026-11-19", 61501},
		{oldID, "getarticlesummary", "2026-11-18", "2026-11-19", 61501},
		{oldID, "getarticletotal", "2026-11-18", "2026-11-19", 61501},
		{oldID, "getuserread", "2026-11-17", "2026-11-19", 0},
		{oldID, "getuserread", "2026-11-16", "2026-11-19", 61501},
		{oldID, "getuserreadhour", "2026-11-18", "2026-11-19", 61501},
		{oldID, "getusershare", "2026-11-13", "2026-11-19", 0},
		{oldID, "getusershare", "2026-11-12", "2026-11-19", 61501},
		{oldID, "getusersharehour", "2026-11-18", "2026-11-19", 61501},
		{oldID, "getarticleread", "2026-11-18", "2026-11-19", 61501},
		{oldID, "getarticleshare", "2026-11-18", "2026-11-19", 61501},
		{oldID, "getbizsummary", "2026-10-21", "2026-11-19", 0},
		{oldID, "getbizsummary", "2026-10-20", "2026-11-19", 61501},
		{oldID, "getbizsummary", "2025-11-01", "2025-11-01", 0},
		{oldID, "getbizsummary", "2025-10-31", "2025-11-01", 61501},
		{oldID, "getarticletotaldetail", "2025-10-31", "2025-10-31", 61501},
		{newID, "getarticletotaldetail", "2026-11-19", "2026-11-19", 0},
		{newID, "getuserread", "2026-11-19", "2026-11-19", 47009},
		{newID, "getarticletotal", "2026-11-19", "2026-11-19", 47009},
	} {
		a := c.ask(q.app, q.api, q.begin, q.end)
		if a.Status != http.StatusOK || a.Errcode != q.code {
			t.Errorf("%s %s..%s: %d, code %d %s, want %d", q.api, q.begin, q.end, a.Status, a.Errcode, a.Errmsg, q.code)
		}
		switch {
		case q.code == 0 && (a.List == nil || strings.Contains(a.Body, "errcode")):
			t.Errorf("%s %s..%s: no list, or a code beside it: %.80s", q.api, q.begin, q.end, a.Body)
		case q.code != 0 && !strings.Contains(a.Errmsg, " rid: "):
			t.Errorf("%s: message %q has no rid", q.api, a.Errmsg)
		}
	}
}

func TestRequestsEnforced(t *testing.T) {
	w, _ := newTest(t, friday)
	c := inProcess(t, w)
	good := "?access_token=" + c.token(oldID)
	body := dates("2026-11-19", "2026-11-19")
	for _, q := range []struct {
		method, path, body string
		status, code       int
	}{
		{"POST", "/datacube/getusersummary" + good, body, 200, 0},
		{"GET", "/datacube/getusersummary" + good, "", 200, 43002},
		{"POST", "/datacube/getusersummary", body, 200, 41001},
		{"POST", "/datacube/getusersummary?access_token=nonsense", body, 200, 40014},
		{"POST", "/datacube/getusersummary" + good + "0", body, 200, 40014},
		{"POST", "/datacube/getusersummary" + good, "", 200, 47001},
		{"POST", "/datacube/getusersummary" + good, "begin_date=2026-11-19", 200, 47001},
		{"POST", "/datacube/getusersummary" + good, "{}", 200, 61500},
		{"POST", "/cgi-bin/datacube/getusersummary" + good, body, 404, 0},
		{"POST", "/datacube/getnothing" + good, body, 404, 0},
		{"POST", "/", body, 404, 0},
		{"GET", "/cgi-bin/stable_token", "", 200, 43002},
		{"POST", "/cgi-bin/token", "{}", 200, 43001},
		{"GET", "/cgi-bin/openapi/quota/get" + good, "", 200, 43002},
	} {
		a, err := c.try(q.method, q.path, q.body)
		if a.Status != q.status || a.Errcode != q.code {
			t.Errorf("%s %s: %d, code %d (%v), want %d, code %d", q.method, q.path, a.Status, a.Errcode, err, q.status, q.code)
		}
		if q.status == 404 && !strings.Contains(a.Body, "<html>") {
			t.Errorf("%s: no page: %s", q.path, a.Body)
		}
	}
}

func TestYesterdayAppearsAtReadyAt(t *testing.T) {
	w, clock := newTest(t, "2026-11-20 07:59:59")
	c := inProcess(t, w)
	if got := w.Newest(); got != calendartest.Day(t, "2026-11-18") {
		t.Errorf("before 08:00 the newest day is %s", got)
	}
	early := map[string]int{}
	for _, api := range APIs() {
		a := c.ask(oldID, api, "2026-11-19", "2026-11-19")
		early[api] = len(a.List)
		if delay := apiOf(api).delay; delay && a.IsDelay != true || !delay && a.IsDelay != nil {
			t.Errorf("%s before 08:00: is_delay %v", api, a.IsDelay)
		}
	}
	wide := len(c.ask(oldID, "getusercumulate", "2026-11-13", "2026-11-19").List)
	clock.add(2e9)
	for _, api := range APIs() {
		a := c.ask(oldID, api, "2026-11-19", "2026-11-19")
		period := strings.HasSuffix(api, "week") || strings.HasSuffix(api, "month")
		if early[api] != 0 || (len(a.List) == 0) != period {
			t.Errorf("%s: %d rows before 08:00, %d after", api, early[api], len(a.List))
		}
		if apiOf(api).delay && a.IsDelay != false {
			t.Errorf("%s after 08:00: is_delay %v", api, a.IsDelay)
		}
		for i, r := range w.Rows(oldID, api, w.Newest()) {
			if string(r) != string(a.List[i]) {
				t.Errorf("%s: Rows differ from the answer: %s, %s", api, r, a.List[i])
			}
		}
	}
	if now := len(c.ask(oldID, "getusercumulate", "2026-11-13", "2026-11-19").List); wide != 6 || now != 7 {
		t.Errorf("a week had %d days before 08:00 and %d after", wide, now)
	}
}

func TestPeriodsAppearWhenOver(t *testing.T) {
	for _, q := range []struct {
		api, day, before, after string
	}{
		{"getupstreammsgweek", "2026-11-09", "2026-11-16 07:00:00", "2026-11-16 08:00:00"},
		{"getupstreammsgdistweek", "2026-11-09", "2026-11-16 07:00:00", "2026-11-16 08:00:00"},
		{"getupstreammsgmonth", "2026-10-01", "2026-11-01 07:00:00", "2026-11-01 08:00:00"},
		{"getupstreammsgdistmonth", "2026-02-01", "2026-03-01 07:00:00", "2026-03-01 08:00:00"},
	} {
		w, clock := newTest(t, q.before)
		c := inProcess(t, w)
		d := calendartest.Day(t, q.day)
		before := c.ask(oldID, q.api, q.day, q.day)
		clock.set(calendartest.At(t, q.after))
		after := c.ask(oldID, q.api, q.day, q.day)
		next := c.ask(oldID, q.api, (d + 1).String(), (d + 1).String())
		if len(before.List) != 0 || len(after.List) == 0 || next.Errcode != 0 || len(next.List) != 0 {
			t.Errorf("%s %s: %d rows before its end is computed, %d after; %d (code %d) on its second day",
				q.api, q.day, len(before.List), len(after.List), len(next.List), next.Errcode)
		}
	}
}

func TestQuota(t *testing.T) {
	clock := new(clock)
	clock.set(calendartest.At(t, friday))
	w := New(Options{Now: clock.now, Accounts: testAccounts(), Quota: 3})
	c := inProcess(t, w)
	var codes []int
	for range 4 {
		codes = append(codes, c.ask(newID, "getusersummary", "2026-11-19", "2026-11-19").Errcode)
	}
	if codes[2] != 0 || codes[3] != 45009 {
		t.Errorf("codes with a quota of 3: %v", codes)
	}
	if got := c.ask(newID, "getusercumulate", "2026-11-19", "2026-11-19").Errcode; got != 0 {
		t.Errorf("another API: code %d", got)
	}
	if got := c.ask(oldID, "getusersummary", "2026-11-19", "2026-11-19").Errcode; got != 0 {
		t.Errorf("another account: code %d", got)
	}
	quota := func(app, path string) answer {
		return c.do("POST", "/cgi-bin/openapi/quota/get?access_token="+c.token(app), `{"cgi_path":"`+path+`"}`)
	}
	if q := quota(newID, "/datacube/getusersummary"); q.Quota["daily_limit"] != 3 || q.Quota["used"] != 3 || q.Quota["remain"] != 0 {
		t.Errorf("quota = %+v", q)
	}
	if q := quota(newID, "/datacube/nothing"); q.Errcode != 76021 {
		t.Errorf("quota of an unknown path = %+v", q)
	}
	if q := quota(newID, "/datacube/getuserread"); q.Errcode != 76022 {
		t.Errorf("quota of an API that is offline = %+v", q)
	}
	clock.set(calendar.DayOf(clock.now()).Start().AddDate(0, 0, 1))
	if q := quota(newID, "/datacube/getusersummary"); q.Quota["used"] != 0 {
		t.Errorf("quota after midnight = %+v", q)
	}
	if got := c.ask(newID, "getusersummary", "2026-11-19", "2026-11-19").Errcode; got != 0 {
		t.Errorf("after midnight: code %d", got)
	}
}

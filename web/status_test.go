package web_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/web"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// tally is how the page counts APIs by state, the most urgent first.
func tally(accounts ...poll.Status) string {
	counts := map[string]int{}
	for _, s := range accounts {
		for _, a := range s.APIs {
			counts[a.State]++
		}
	}
	line := "APIs"
	for _, state := range []string{"failing", "parked", "open", "new", "denied", "offline", "ok"} {
		if counts[state] > 0 {
			line += fmt.Sprintf(" %d %s", counts[state], state)
		}
	}
	return line + "\n"
}

// TestStatusFaults: what is wrong is told once for each cause, with what to do,
// since when, and whom it concerns.
func TestStatusFaults(t *testing.T) {
	d := show(t, "", several()...)
	var got []string
	for _, f := range d.classed("fault") {
		got = append(got, f.text())
	}
	told := func(state string, e wxclient.Error, next string, who ...string) string {
		return fmt.Sprintf("%s %s %s\n%s\nSince 04:46. Next try %s.\n%s\n", state, e.Code, e.Message, plan.Advice(&e), next, strings.Join(who, "\n"))
	}
	want := []string{
		told("failing", notAllowed(), "07:52", "kiosk all APIs"),
		told("failing", busy(), "08:11", "shop getupstreammsgdist"),
		told("parked", spent(), "08:11", "shop getuserread, getuserreadhour"),
		told("denied", denied(), "08:11", "shop getbizsummary, getarticleread, getarticleshare, getarticletotaldetail"),
		told("offline", offline(), "08:11", "store "+strings.Join(oldArticles, ", ")),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	under := map[string]int{}
	for _, section := range d.all("section") {
		if n := len(section.classed("fault")); n > 0 {
			under[section.attr("aria-labelledby")] = n
		}
	}
	if diff := cmp.Diff(map[string]int{"wrong": 3, "withheld": 2}, under); diff != "" {
		t.Error(diff)
	}
}

// TestStatusFaultsOfAnswers: what cannot be read for one reason is one fault, and for
// another reason another.
func TestStatusFaultsOfAnswers(t *testing.T) {
	brand := with(healthy("brand"), failedWith("failing", misread("new_user is an object")), "getusersummary")
	brand = with(brand, failedWith("failing", misread("ref_hour is a text")), "getuserreadhour")
	shop := with(healthy("shop"), failedWith("failing", misread("new_user is an object")), "getusersummary")
	var got []string
	for _, f := range show(t, "", brand, shop).classed("fault") {
		first, rest, _ := strings.Cut(f.text(), "\n")
		_, who, _ := strings.Cut(rest, "Next try 08:11.\n")
		got = append(got, first+": "+strings.ReplaceAll(strings.TrimSpace(who), "\n", ", "))
	}
	want := []string{
		"failing invalid rows of the answer cannot be read: new_user is an object: brand getusersummary, shop getusersummary",
		"failing invalid rows of the answer cannot be read: ref_hour is a text: brand getuserreadhour",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestStatusOfAnAccount: what stands around the table of its APIs.
func TestStatusOfAnAccount(t *testing.T) {
	s := several()[0]
	s.Families[1].Success, s.Families[1].LastSuccess = false, time.Time{}
	s.Families[2].Success, s.Families[2].Duration = false, 93*time.Second
	text := show(t, "", s).text()
	for _, want := range []string{
		"\ncity=上海 team=growth Access token until 09:21 · Metrics · On its own page\n",
		"\nuser ok last poll took 1.5s, last success 07:06 |\n",
		"\nmessage problem last poll took 1.5s, no success yet |\n",
		"\ninterface problem last poll took 1m33s, last success 07:06 |\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
}

// TestStatusOfReplicas: the page says who polls which account, and that nobody
// does; without replicas it says nothing of it.
func TestStatusOfReplicas(t *testing.T) {
	brand, shop, kiosk := healthy("brand"), healthy("shop"), healthy("kiosk")
	if text := show(t, "", brand, shop, kiosk).text(); strings.Contains(strings.ToLower(text), "polled by") {
		t.Errorf("without replicas the page says:\n%s", text)
	}
	for _, s := range []*poll.Status{&brand, &shop, &kiosk} {
		s.Shared = true
	}
	brand.Replica, kiosk.Replica = "wx-exporter-b", "wx-exporter-b"
	for query, wants := range map[string][]string{
		"":              {"\nPolled by nobody: 1 wx-exporter-b: 2\n", "· polled by wx-exporter-b ·", "· polled by nobody ·"},
		"?account=shop": {"\nPolled by nobody: 1\n", "· polled by nobody ·"},
	} {
		text := show(t, query, brand, shop, kiosk).text()
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%q: the page does not say %q:\n%s", query, want, text)
			}
		}
	}
}

// TestStatusOfTypes: each type of account has an overview of its own, with what there is
// for it; accounts that are alike have one without a title.
func TestStatusOfTypes(t *testing.T) {
	brand, mall := healthy("brand"), healthy("mall")
	mall.Type, mall.APIs = collector.Mini, mall.APIs[:1]
	d := show(t, "", mall, brand)
	var got []string
	for _, o := range d.classed("overview") {
		got = append(got, strings.TrimSpace(o.all("caption")[0].text())+": "+strings.TrimSpace(o.all("tbody")[0].all("a")[0].text()))
		if n, want := len(o.all("tbody")[0].all("td")), len(o.all("thead")[0].all("tr")[1].all("th"))-1; n != want {
			t.Errorf("%s: %d cells for %d APIs", got[len(got)-1], n, want)
		}
	}
	if want := []string{"Official Accounts: brand", "Mini programs: mall"}; !slices.Equal(got, want) {
		t.Errorf("the overviews are %q, want %q", got, want)
	}
	if n := len(d.classed("overview")[1].all("tbody")[0].all("td")); n != 1 {
		t.Errorf("the mini program has %d cells, want 1", n)
	}
	for _, alike := range []poll.Status{brand, mall} {
		if o := show(t, "", alike).classed("overview"); len(o) != 1 || len(o[0].all("caption")) != 0 {
			t.Errorf("%s alone has %d overviews, or a title", alike.Account, len(o))
		}
	}
	if text := show(t, "?lang=zh", mall, brand).text(); !strings.Contains(text, "小程序") || !strings.Contains(text, "公众号") {
		t.Errorf("in Chinese the page says:\n%s", text)
	}
}

// TestStatusOfAWrongType: that WeChat refuses everything is a failure of the account,
// with what to look at; what another account is not granted stays what it is.
func TestStatusOfAWrongType(t *testing.T) {
	refused := denied()
	refused.Advice = plan.LookAtType
	mall := healthy("mall")
	for i := range mall.APIs {
		failedWith("denied", denied())(&mall.APIs[i])
	}
	mall.Up, mall.Refused = false, &refused
	shop := with(healthy("shop"), failedWith("denied", denied()), "getbizsummary")
	d := show(t, "", mall, shop)
	wrong := d.classed("fault")[0].text()
	if want := plan.LookAtType + "\nmall all APIs\n"; !strings.HasPrefix(wrong, "denied 48001 ") || !strings.HasSuffix(wrong, want) {
		t.Errorf("the first fault is %q, want one with %q", wrong, want)
	}
	under := map[string]int{}
	for _, section := range d.all("section") {
		if n := len(section.classed("fault")); n > 0 {
			under[section.attr("aria-labelledby")] = n
		}
	}
	if diff := cmp.Diff(map[string]int{"wrong": 1, "withheld": 1}, under); diff != "" {
		t.Error(diff)
	}
	if text := d.text(); !strings.Contains(text, "2 accounts 1 problem 1 ok\n") {
		t.Errorf("the page says:\n%s", text)
	}
}

// TestStatusExplainsEveryState: every state has its words and its colours.
func TestStatusExplainsEveryState(t *testing.T) {
	d := show(t, "")
	var explained []string
	for _, dt := range d.all("dt") {
		explained = append(explained, strings.TrimSpace(dt.text()))
	}
	css := d.all("style")[0].FirstChild.Data
	for _, state := range []string{"new", plan.StateOK, plan.StateOpen, plan.StateParked,
		plan.StateOffline, plan.StateDenied, plan.StateFailing} {
		if !slices.Contains(explained, state) {
			t.Errorf("the page does not explain %q", state)
		}
		if !strings.Contains(css, "."+state) {
			t.Errorf("the style has no colours for %q", state)
		}
	}
}

func TestStatusOfEachState(t *testing.T) {
	const api = "getusersummary"
	for name, c := range map[string]struct {
		change  func(*poll.APIStatus)
		cell    string
		class   string
		account string // its state
		row     string // part of the API's row in the account's table
	}{
		"ok":     {func(*poll.APIStatus) {}, "ok 11-20 1 d", "ok", "ok", "ok | 2026-11-20 | 1 day | 0 | 07:05 | 22:06 | 1 | 1 / 10000 |"},
		"open":   {late(2), "open 11-18 3 d 2 open", "open", "ok", "open | 2026-11-18 | 3 days | 2 | 07:05 | 08:06 |"},
		"parked": {failedWith("parked", spent()), "parked 11-20 1 d", "parked", "problem", "parked 45009 | 2026-11-20 |"},
		"our own limit": {func(a *poll.APIStatus) { a.State, a.Calls, a.Next = "parked", 60, now.Add(17*time.Hour) },
			"parked 11-20 1 d", "parked", "ok", "parked | 2026-11-20 | 1 day | 0 | 07:05 | 11-22 00:46 | 60 |"},
		"offline": {failedWith("offline", offline()), "offline 11-20 1 d", "offline", "ok", "offline 47009 |"},
		"denied":  {failedWith("denied", denied()), "denied 11-20 1 d", "denied", "ok", "denied 48001 |"},
		"failing": {failedWith("failing", busy()), "failing 11-20 1 d", "failing", "problem", "failing timeout | 2026-11-20 | 1 day | 0 | 07:05 | 08:11 |"},
		"failing for what cannot be read": {func(a *poll.APIStatus) {
			failedWith("failing", misread("new_user is an object"))(a)
			a.Lacks = "2 rows lost, 0 fields left out: new_user is an object in 2"
		}, "failing 11-20 1 d", "failing", "problem", "failing invalid 2 rows lost, 0 fields left out: new_user is an object in 2 | 2026-11-20 |"},
		"without a field": {func(a *poll.APIStatus) { a.Lacks = "0 rows lost, 7 fields left out: new_user is a text in 7" }, "ok 11-20 1 d", "ok", "ok",
			"ok 0 rows lost, 7 fields left out: new_user is a text in 7 | 2026-11-20 |"},
		"last year": {func(a *poll.APIStatus) { a.Newest = calendar.FirstDay }, "ok 2014-12-01 4373 d", "ok", "ok",
			"ok | 2014-12-01 | 4373 days |"},
		"never asked": {func(a *poll.APIStatus) { *a = poll.APIStatus{Family: a.Family, API: a.API, State: "ok"} }, "new no data", "new", "ok",
			"new | no data | – | 0 | – | – | 0 | – |"},
		"never had rows": {func(a *poll.APIStatus) { a.Newest, a.Asked = 0, time.Time{} }, "ok no data", "ok", "ok",
			"ok | no data | – | 0 | – | 22:06 |"},
	} {
		t.Run(name, func(t *testing.T) {
			s := with(healthy("brand"), c.change, api)
			d := show(t, "", s)
			cells, _ := d.overview(t)
			if got := cells["brand"][api]; got != c.cell {
				t.Errorf("the cell says %q, want %q", got, c.cell)
			}
			if td := d.classed("overview")[0].all("td")[1]; !td.hasClass(c.class) {
				t.Errorf("the cell has the colours of %q, want %q", td.attr("class"), c.class)
			}
			if want := "1 account 1 " + c.account + "\n"; !strings.Contains(d.text(), want) {
				t.Errorf("the page does not say %q", want)
			}
			if want := "\n" + api + " | " + c.row; !strings.Contains(d.text(), want) {
				t.Errorf("the page does not say %q:\n%s", want, d.text())
			}
		})
	}
}

// TestStatusBeforeAnything: no account, and accounts of which nothing is known.
func TestStatusBeforeAnything(t *testing.T) {
	if text := show(t, "").text(); !strings.Contains(text, "0 accounts\n") || !strings.Contains(text, "No account is configured.") {
		t.Error(text)
	}
	news := starting("brand")
	for i := range news.APIs {
		news.APIs[i].State = "new" // as the page calls it
	}
	text := show(t, "", starting("brand")).text()
	for _, want := range []string{"1 account 1 starting\n", tally(news), "No access token yet", "user not polled since the start"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
	text = show(t, "", refused(starting("brand"))).text()
	for _, want := range []string{"1 account 1 problem\n", tally(refused(starting("brand"))), "\nbrand all APIs\n", "Since 04:46. Next try 07:52."} {
		if !strings.Contains(text, want) {
			t.Errorf("an account that was refused at once: the page does not say %q:\n%s", want, text)
		}
	}
}

// TestStatusOrder: what needs a person is at the top.
func TestStatusOrder(t *testing.T) {
	d := show(t, "", several()...)
	if _, order := d.overview(t); !slices.Equal(order, []string{"kiosk", "shop", "newcomer", "brand", "store"}) {
		t.Errorf("the accounts are in the order %v", order)
	}
	var codes []string
	for _, f := range d.classed("fault") {
		codes = append(codes, f.all("code")[0].text())
	}
	if want := []string{"40164\n", "timeout\n", "45009\n", "48001\n", "47009\n"}; !slices.Equal(codes, want) {
		t.Errorf("the faults are in the order %q, want %q", codes, want)
	}
	if title := d.all("title")[0].text(); title != "(2) wx_exporter status\n" {
		t.Errorf("the title is %q", title)
	}
}

// TestStatusBounds: up to ten accounts are shown in full, and up to six APIs by name.
func TestStatusBounds(t *testing.T) {
	for accounts, full := range map[int]int{9: 9, 10: 10, 11: 0} {
		if n := len(show(t, "", fleet(accounts)...).classed("apis")); n != full {
			t.Errorf("of %d accounts %d are shown in full, want %d", accounts, n, full)
		}
	}
	for _, c := range []struct {
		apis []string
		want string
	}{
		{oldArticles, strings.Join(oldArticles, ", ")},
		{append([]string{"getusersummary"}, oldArticles...), "7 APIs"},
	} {
		s := with(healthy("brand"), failedWith("offline", offline()), c.apis...)
		if who := show(t, "", s).classed("fault")[0].classed("who")[0].text(); strings.TrimSpace(who) != "brand "+c.want {
			t.Errorf("%d APIs are told as %q, want %q", len(c.apis), who, c.want)
		}
	}
}

// TestStatusOfAFleet: 200 accounts make a page of sane weight, on which one
// cause is told once and every account leads to a page of its own.
func TestStatusOfAFleet(t *testing.T) {
	all := fleet(200)
	if n := ask(web.Handler(options(all...)), "GET", "/status").Body.Len(); n > 400_000 {
		t.Errorf("the page has %d bytes", n)
	}
	d := show(t, "", all...)
	cells, order := d.overview(t)
	if len(cells) != 200 || order[0] != "account-003" || order[1] != "account-007" || order[199] != "account-199" {
		t.Errorf("%d accounts, from %s to %s", len(cells), order[0], order[len(order)-1])
	}
	if n := len(d.classed("apis")); n > 0 {
		t.Errorf("%d accounts are shown in full", n)
	}
	text := d.text()
	problems := 0
	for _, s := range all {
		if !s.Up {
			problems++
		}
	}
	for _, want := range []string{
		fmt.Sprintf("200 accounts %d problem %d ok\n", problems, 200-problems),
		tally(all...),
		"20 accounts\naccount-003 all APIs\naccount-013 all APIs\n",
		"account-007 getupstreammsg\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := strings.Count(text, "Add 203.0.113.9 to the IP allow-list"); n != 1 {
		t.Errorf("the advice that ends 20 problems is there %d times", n)
	}
	var links []string
	for _, tr := range d.classed("overview")[0].all("tr")[2:] {
		links = append(links, tr.all("a")[0].attr("href"))
	}
	if links[0] != "?account=account-003" {
		t.Errorf("the first account leads to %q", links[0])
	}
	one := show(t, links[0], all...)
	if text := one.text(); !strings.Contains(text, "Status of account-003\n") || strings.Contains(text, "account-004") || len(one.classed("apis")) != 1 {
		t.Errorf("%s shows\n%s", links[0], text)
	}
}

func TestStatusZone(t *testing.T) {
	if now.Location() != time.UTC || now.Day() == 21 {
		t.Fatal("the clock of the tests shall not be one in Beijing")
	}
	if text := show(t, "", healthy("brand")).text(); !strings.Contains(text, "2026-11-21 07:46 Beijing time (UTC+8)") {
		t.Error(text)
	}
}

// TestStatusWithoutSomeFamilies: accounts may poll different families.
func TestStatusWithoutSomeFamilies(t *testing.T) {
	only := func(s poll.Status, family string) poll.Status {
		s.APIs = slices.DeleteFunc(s.APIs, func(a poll.APIStatus) bool { return a.Family != family })
		s.Families = slices.DeleteFunc(s.Families, func(f poll.FamilyStatus) bool { return f.Name != family })
		return s
	}
	d := show(t, "", only(healthy("brand"), "user"), only(healthy("store"), "interface"))
	cells, _ := d.overview(t)
	want := map[string]map[string]string{"brand": {}, "store": {}}
	n, columns := 0, map[string]int{}
	for _, a := range healthy("").APIs {
		columns[a.Family]++
		switch a.Family {
		case "user":
			want["brand"][a.API], want["store"][a.API] = "ok 11-20 1 d", "–"
		case "interface":
			want["brand"][a.API], want["store"][a.API] = "–", "ok 11-20 1 d"
		default:
			continue
		}
		n++
	}
	if diff := cmp.Diff(want, cells); diff != "" {
		t.Error(diff)
	}
	heads := map[string]string{}
	for _, h := range d.classed("overview")[0].all("thead")[0].all("tr")[0].all("th") {
		heads[strings.Trim(h.text(), " |\n")] = h.attr("colspan")
	}
	if diff := cmp.Diff(map[string]string{"user": strconv.Itoa(columns["user"]), "interface": strconv.Itoa(columns["interface"])}, heads); diff != "" {
		t.Errorf("the heads over the columns: %s", diff)
	}
	if text := d.text(); !strings.Contains(text, fmt.Sprintf("APIs %d ok\n", n)) {
		t.Errorf("the cells that are empty were counted:\n%s", text)
	}
}

// TestStatusHistory: how far the fill of older days is, and when it is done.
func TestStatusHistory(t *testing.T) {
	filling, filled := healthy("filling"), healthy("filled")
	filling.History = poll.History{Since: calendar.DayOf(now) - 400, Days: 2000, Missing: 345, Done: calendar.DayOf(now) + 9}
	filled.History = poll.History{Since: calendar.DayOf(now) - 400, Days: 2345, Done: calendar.DayOf(now)}
	for want, s := range map[string]poll.Status{
		"History since " + filling.History.Since.String() + ": 2000 days of APIs, 345 missing, complete about " + filling.History.Done.String() + " if no call fails.": filling,
		"History since " + filled.History.Since.String() + ": complete, 2345 days of APIs.":                                                                            filled,
		"": healthy("without"),
	} {
		text := show(t, "", s).text()
		if !strings.Contains(text, want) || want == "" && strings.Contains(text, "History") {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}

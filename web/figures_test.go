package web_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/web"
)

const evilTitle = `<script>alert(1)</script>"'=`

// stored is a small store: two weeks of an account, the newest day of which grew by a
// third and a day of which is open.
func stored(id string) (all []store.Found) {
	today := calendar.DayOf(now)
	add := func(api string, d calendar.Day, open bool, rows string) {
		all = append(all, store.Found{Account: id, API: api, Day: store.Day{Date: d.String(), Open: open, Rows: []byte(rows)}})
	}
	for n := 14; n >= 1; n-- {
		d := today - calendar.Day(n)
		add("getusersummary", d, false, fmt.Sprintf(`[{"ref_date":"%s","user_source":30,"new_user":%d,"cancel_user":3},{"ref_date":"%s","user_source":1,"new_user":1000,"cancel_user":1}]`, d, 20-n, d))
		add("getusercumulate", d, false, fmt.Sprintf(`[{"ref_date":"%s","cumulate_user":%d}]`, d, 1234567-n))
		add("getuserread", d, n == 1, fmt.Sprintf(`[{"ref_date":"%s","user_source":0,"int_page_read_user":5,"int_page_read_count":9},{"ref_date":"%s","user_source":2,"int_page_read_user":6,"int_page_read_count":8},{"ref_date":"%s","user_source":99999999,"int_page_read_user":7,"int_page_read_count":17}]`, d, d, d))
		add("getupstreammsghour", d, false, fmt.Sprintf(`[{"ref_date":"%s","ref_hour":900,"msg_type":1,"msg_user":2,"msg_count":6},{"ref_date":"%s","ref_hour":900,"msg_type":2,"msg_user":2,"msg_count":1}]`, d, d))
	}
	d := today - 3
	for i, link := range []string{"https://mp.weixin.qq.com/s?a=1&b=2", "javascript:alert(1)"} {
		all = append(all, store.Found{Account: id, API: "getarticletotal", Day: store.Day{Date: (d - calendar.Day(i)).String(), Rows: []byte(fmt.Sprintf(
			`[{"ref_date":"%s","msgid":"1_%d","title":%q,"url":%q,"details":[{"stat_date":"%s","int_page_read_user":%d},{"stat_date":"%s","int_page_read_user":%d}]}]`,
			d-calendar.Day(i), i, evilTitle, link, d, 10, d+1, 4321-i))}})
	}
	return all
}

// withFigures are the options of an exporter with that store.
func withFigures(accounts ...poll.Status) web.Options {
	o := options(accounts...)
	o.Look = func(account string, spans ...store.Span) (found []store.Found, _ error) {
		for _, s := range accounts {
			for _, f := range stored(s.ID) {
				if (account == "" || account == f.Account) && slices.ContainsFunc(spans, func(s store.Span) bool { return s.API == f.API && s.From <= f.Date && f.Date <= s.To }) {
					found = append(found, f)
				}
			}
		}
		return found, nil
	}
	return o
}

func figuresPage(t *testing.T, o web.Options, query string, header ...string) document {
	t.Helper()
	w := ask(web.Handler(o), "GET", "/figures"+query, header...)
	n, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil || w.Code != 200 {
		t.Fatalf("/figures%s answers %d, %v: %s", query, w.Code, err, w.Body)
	}
	if w.Header().Get("Cache-Control") != "no-store" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'; style-src 'unsafe-inline'") {
		t.Errorf("/figures%s has the headers %v", query, w.Header())
	}
	return document{n}
}

func known(name string) poll.Status {
	s := healthy(name)
	s.ID = "wx" + name
	return s
}

// TestFiguresOfAnAccount: every figure stands in the page as served, exact and with
// separators; no sum is there that means nothing.
func TestFiguresOfAnAccount(t *testing.T) {
	d := figuresPage(t, withFigures(known("brand"), known("品牌")), "?account="+url.QueryEscape("品牌"))
	text := d.text()
	tiles := map[string]string{}
	for _, tile := range d.classed("tiles")[0].all("div") {
		tiles[strings.TrimSpace(tile.all("dt")[0].text())] = strings.Join(strings.Fields(tile.all("dd")[0].text()), " ")
	}
	if got, want := fmt.Sprint(tiles), "map[Net growth:1,015 +7 New followers:1,019 +7 (+0.7 %) Unfollowed:4 ±0]"; got != want {
		t.Errorf("the tiles say %s, want %s", got, want)
	}
	for _, want := range []string{
		"1,234,566", "+7", // followers
		"Readers 7", "Reads 17", // the deduplicated total, not 11 and not 34
		"4,321", "4,320", evilTitle, // articles up to their last day
		"09:00 | 7.0", // 98 messages of 14 days
		"2026-11-20 Fri",
		"QR code | 175 | 42", "Search | 14,000 | 14", // sums of counts over days
	} {
		if !strings.Contains(text, want) && !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := len(d.classed("open")); n != 1 {
		t.Errorf("%d open marks, want 1", n)
	}
	if n := len(d.all("svg")); n < 4 {
		t.Errorf("%d charts", n)
	}
	for _, svg := range d.all("svg") {
		if svg.attr("aria-hidden") != "true" {
			t.Error("a screen reader spells the chart")
		}
	}
	links := 0
	for _, a := range d.all("a") {
		u, err := url.Parse(a.attr("href"))
		if err != nil || u.Scheme != "" && u.Scheme != "https" {
			t.Errorf("a link leads to %q", a.attr("href"))
		}
		if u.Host != "" {
			links++
		}
	}
	if links != 1 {
		t.Errorf("%d links leave the exporter, want 1", links)
	}
	for _, tag := range []string{"script", "img", "link", "iframe"} {
		if len(d.all(tag)) > 0 {
			t.Errorf("there is an element %s", tag)
		}
	}
}

// TestFiguresOfAll: all accounts with their newest day, those without figures last.
func TestFiguresOfAll(t *testing.T) {
	late := known("late")
	late.ID = "nobody"
	for i := range late.APIs {
		late.APIs[i].Newest = 0
	}
	o := withFigures(known("brand"))
	o.Status = func() []poll.Status { return []poll.Status{late, known("brand")} }
	for query, want := range map[string]string{
		"":         "brand | 2026-11-20 Fri | 1,019 +7 | 4 ±0 | 1,015 +7 | 1,234,566 +7 | 7 ±0 | 0 |",
		"?lang=zh": "brand | 2026-11-20 周五 | 1,019 +7 | 4 ±0 | 1,015 +7 | 1,234,566 +7 | 7 ±0 | 0 |",
	} {
		rows := figuresPage(t, o, query).classed("compared")[0].all("tbody")[0].all("tr")
		if got := strings.TrimSpace(rows[0].text()); got != want {
			t.Errorf("%s: the first account is %q, want %q", query, got, want)
		}
		if got := rows[1].text(); !strings.HasPrefix(got, "late | ") || strings.ContainsAny(got, "123456789") {
			t.Errorf("%s: the account without figures is %q", query, got)
		}
	}
	if w := ask(web.Handler(o), "POST", "/figures"); w.Code != 405 {
		t.Errorf("POST is answered with %d", w.Code)
	}
	if w := ask(web.Handler(o), "GET", "/figures?account=nobody"); w.Code != 404 {
		t.Errorf("an unknown account is answered with %d", w.Code)
	}
}

// TestFiguresWhenTheStoreFails: the page says that something is missing.
func TestFiguresWhenTheStoreFails(t *testing.T) {
	o := options(known("brand"))
	o.Look = func(string, ...store.Span) ([]store.Found, error) { return nil, fmt.Errorf("the disk is gone") }
	for _, query := range []string{"", "?account=brand"} {
		if text := figuresPage(t, o, query).text(); !strings.Contains(text, "Not all figures could be read") || strings.Contains(text, "disk") {
			t.Errorf("%s: %s", query, text)
		}
	}
}

// TestDownloadsHaveWhatThePageShows: a month, a week and a half-month that the page shows lies
// in the days of its download, though it began before the span.
func TestDownloadsHaveWhatThePageShows(t *testing.T) {
	type day struct{ date, rows string }
	shown := map[string]day{
		"getweanalysisappidmonthlyvisittrend": {"2026-10-01", `[{"ref_date":"2026-10-01","visit_pv":7}]`},
		"getweanalysisappidweeklyvisittrend":  {"2026-10-19", `[{"ref_date":"2026-10-19","visit_pv":7}]`},
		"publisher_settlement":                {"2026-08-16", `[{"month":"2026-08-01","order":2,"settled_revenue":7}]`},
		"getweanalysisappiddailyvisittrend":   {"2026-10-22", `[{"ref_date":"2026-10-22","visit_pv":7}]`},
	}
	mall := known("mall")
	mall.Type, mall.APIs, mall.Families = collector.Mini, nil, []poll.FamilyStatus{{Name: "mini"}, {Name: "revenue"}}
	for api := range shown {
		mall.APIs = append(mall.APIs, poll.APIStatus{API: api})
	}
	o := options(mall)
	o.Look = func(_ string, spans ...store.Span) (found []store.Found, _ error) {
		for api, d := range shown {
			if slices.ContainsFunc(spans, func(s store.Span) bool { return s.API == api && s.From <= d.date }) {
				found = append(found, store.Found{Account: mall.ID, API: api, Day: store.Day{Date: d.date, Rows: []byte(d.rows)}})
			}
		}
		return found, nil
	}
	missing := maps.Clone(shown)
	for _, section := range figuresPage(t, o, "?account=mall").all("section") {
		api := section.attr("aria-labelledby")
		for _, a := range section.all("a") {
			u, err := url.Parse(a.attr("href"))
			if err != nil || !u.Query().Has("view") {
				continue
			}
			if since := u.Query().Get("since"); since > shown[api].date {
				t.Errorf("the page shows %s of %s, its download begins on %s", api, shown[api].date, since)
			}
			delete(missing, api)
		}
	}
	if len(missing) > 0 {
		t.Errorf("the page does not show %v", missing)
	}
}

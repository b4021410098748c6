package web

import (
	"cmp"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/go-kit/log/level"
	"golang.org/x/text/unicode/norm"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/web/figures"
	"github.com/wxexporter/wx_exporter/web/texts"
)

//go:embed figures.html
var figuresHTML string

//go:embed figures.css
var figuresCSS string

// figuresPage is what the template shows: an account, or all of them.
type figuresPage struct {
	Version, Now, Other string
	Only                string // the account; empty: all
	Span                int    // days of the charts; 0: all there are
	Spans               []int
	Groups              []group
	All                 []figures.Overview // by the type of accounts
	Download            template.URL       // query of downloads of the same; empty: they would be too large
	None                bool               // the store has nothing of it
	Lacks               bool               // what the store has could not be read whole
}

// group is what the page shows of an API, and the query of downloads of the same days.
type group struct {
	figures.Group
	Download template.URL
}

// asks is what a request asks the page for.
type asks struct {
	language texts.Language
	account  string
	sort     string
	span     int
}

func asksOf(r *http.Request) asks {
	q := r.URL.Query()
	a := asks{texts.Of(r), norm.NFC.String(q.Get("account")), q.Get("sort"), figures.Spans[0]} // names are in NFC
	if n, err := strconv.Atoi(q.Get("days")); err == nil && slices.Contains(figures.Spans, n) {
		a.span = n
	}
	return a
}

// query is that of the same page.
func (a asks) query() url.Values {
	q := url.Values{}
	if a.account != "" {
		q.Set("account", a.account)
		q.Set("days", strconv.Itoa(a.span))
	} else if a.sort != "" {
		q.Set("sort", a.sort)
	}
	return q
}

// download is the query of downloads of the days of the span, and of those before that the
// page shows from since on.
func (a asks) download(since, today calendar.Day) template.URL {
	since = min(since, today-calendar.Day(a.span))
	if a.span == 0 {
		since = 0
	}
	since = max(since, today-maxDownloadDays)
	q := url.Values{"since": {since.String()}, "until": {(today - 1).String()}, "lang": {string(a.language)}}
	if a.account != "" {
		q.Set("account", a.account)
	}
	return template.URL(q.Encode()) //nolint:gosec // it is escaped
}

// figuresOf serves the figures of all accounts, or of the one that the parameter
// account names, as the store has them.
func figuresOf(o Options, address func(path string) string) http.Handler {
	page := inAllLanguages("figures", figuresHTML, statusCSS+figuresCSS, o.Logger, address)
	key := func(r *http.Request) string {
		a := asksOf(r)
		return string(a.language) + "?" + a.query().Encode()
	}
	return together(key, func(r *http.Request) answer {
		a := asksOf(r)
		p := figuresPage{
			Version: o.Version, Now: o.Now().In(calendar.Beijing).Format("2006-01-02 15:04"),
			Only: a.account, Span: a.span, Spans: figures.Spans, Other: a.language.Other().Link(a.query()),
		}
		accounts := o.Status()
		if a.account != "" || len(accounts) <= maxDownloadAccounts {
			today := calendar.DayOf(o.Now())
			p.Download = a.download(today, today)
		}
		if a.account == "" {
			var err error
			p.All, err = overview(o, a, accounts)
			p.None, p.Lacks = len(accounts) == 0, err != nil
			return page.make(a.language, p)
		}
		i := slices.IndexFunc(accounts, func(s poll.Status) bool { return s.Account == a.account })
		if i < 0 {
			return said(http.StatusNotFound, a.language.Say("no account is named %q", a.account))
		}
		groups, err := ofAccount(o, a, accounts[i])
		p.Groups, p.None, p.Lacks = groups, len(groups) == 0, err != nil
		return page.make(a.language, p)
	})
}

// ofAccount reads what the page shows of an account, in one look into the store.
func ofAccount(o Options, a asks, s poll.Status) ([]group, error) {
	today := calendar.DayOf(o.Now())
	apis := apisOf(s)
	var spans []store.Span
	downloads := map[string]template.URL{}
	for _, api := range apis {
		if figures.Shown(api) {
			since := figures.Since(api, a.span, today)
			spans = append(spans, store.Span{API: api.Name, From: since.String(), To: today.String()})
			downloads[api.Name] = a.download(since, today)
		}
	}
	found, failed := o.Look(s.ID, spans...)
	if failed != nil {
		level.Error(o.Logger).Log("msg", "cannot read the store", "account", s.Account, "err", failed)
	}
	made, err := figures.Account(a.language, apis, byAPI(found))
	if err != nil {
		level.Error(o.Logger).Log("msg", "cannot draw a chart", "account", s.Account, "err", err)
		failed = err
	}
	var groups []group
	for _, g := range made {
		groups = append(groups, group{g, downloads[g.API]})
	}
	return groups, failed
}

// overview reads what the page shows of all accounts, in one look into the store.
func overview(o Options, a asks, accounts []poll.Status) ([]figures.Overview, error) {
	var spans []store.Span
	for _, api := range apisOf(accounts...) {
		var newest []calendar.Day
		for _, s := range accounts {
			if i := slices.IndexFunc(s.APIs, func(one poll.APIStatus) bool { return one.API == api.Name }); i >= 0 {
				newest = append(newest, s.APIs[i].Newest)
			}
		}
		for _, d := range figures.Wanted(api, newest) {
			spans = append(spans, store.Span{API: api.Name, From: d.String(), To: d.String()})
		}
	}
	found, err := o.Look("", spans...)
	if err != nil {
		level.Error(o.Logger).Log("msg", "cannot read the store", "err", err)
	}
	byID := map[string][]store.Found{}
	for _, f := range found {
		byID[f.Account] = append(byID[f.Account], f)
	}
	var parts []figures.Overview
	for _, t := range titles {
		var some []poll.Status
		var compared []figures.Compared
		for _, s := range accounts {
			if cmp.Or(s.Type, collector.Official) == t.of {
				some, compared = append(some, s), append(compared, comparedOf(s, byID[s.ID]))
			}
		}
		if len(some) > 0 {
			one := figures.All(a.language, apisOf(some...), compared, a.sort)
			one.Title = a.language.Say(t.title)
			parts = append(parts, one)
		}
	}
	if len(parts) == 1 {
		parts[0].Title = ""
	}
	return parts, err
}

// comparedOf is an account among all, with its days.
func comparedOf(s poll.Status, found []store.Found) figures.Compared {
	one := figures.Compared{Name: s.Account, Days: byAPI(found), Newest: map[string]calendar.Day{}}
	for _, api := range s.APIs {
		one.Newest[api.API] = api.Newest
		one.Open += api.OpenDays
	}
	return one
}

// apisOf are the APIs that any of the accounts polls, in the order of the families.
func apisOf(accounts ...poll.Status) (apis []collector.API) {
	for _, f := range polledFamilies(accounts) {
		apis = append(apis, f.APIs...)
	}
	return apis
}

// byAPI sorts days by API. A damaged date is one that the store has told of.
func byAPI(found []store.Found) map[string][]figures.Day {
	all := map[string][]figures.Day{}
	for _, f := range found {
		if d, err := calendar.ParseDay(f.Date); err == nil {
			all[f.API] = append(all[f.API], figures.Day{Date: d, Rows: f.Rows, Open: f.Open})
		}
	}
	return all
}

package web

import (
	"cmp"
	_ "embed"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/web/texts"
)

//go:embed status.html
var statusHTML string

//go:embed status.css
var statusCSS string

// maxDetailed is up to how many accounts the page shows every API in full. With
// more, each account has a page of its own.
const maxDetailed = 10

// The states of an account. They agree with wx_up.
const (
	stateProblem  = "problem"
	stateStarting = "starting" // no poll has ended yet
	stateOK       = "ok"
)

// stateNew is the page's state of an API that was never called; in wx_api_state it
// is ok.
const stateNew = "new"

// The states of accounts and of APIs, the most urgent first.
var (
	accountStates = []string{stateProblem, stateStarting, stateOK}
	apiStates     = []string{plan.StateFailing, plan.StateParked, plan.StateOpen, stateNew,
		plan.StateDenied, plan.StateOffline, plan.StateOK}
)

// status serves the page about all accounts, or about the one that the
// parameter account names.
func status(o Options, address func(path string) string, metrics string) http.Handler {
	page := inAllLanguages("status", statusHTML, statusCSS, o.Logger, address)
	only := func(r *http.Request) string { return norm.NFC.String(r.URL.Query().Get("account")) } // as names of accounts are
	key := func(r *http.Request) string { return string(texts.Of(r)) + only(r) }
	return together(key, func(r *http.Request) answer {
		all, only, l := o.Status(), only(r), texts.Of(r)
		query := url.Values{}
		if only != "" {
			all = slices.DeleteFunc(slices.Clone(all), func(a poll.Status) bool { return a.Account != only })
			if len(all) == 0 {
				return said(http.StatusNotFound, l.Say("no account is named %q", only))
			}
			query.Set("account", only)
		}
		p := newStatusPage(all, o.Now())
		p.Version, p.Metrics, p.Only, p.Other = o.Version, metrics, only, l.Other().Link(query)
		return page.make(l, p)
	})
}

// statusPage is what the template shows.
type statusPage struct {
	Version      string // of the exporter
	Metrics      string // path of the metrics, escaped
	Only         string // the account that the page is about; empty: all of them
	Other        string // the page in the other language
	Accounts     []account
	AccountCount map[string]int // by state
	APICount     map[string]int // by state
	Tables       []table        // the overview, one for each type of account
	Failures     []*fault       // what counts against accounts
	Withheld     []*fault       // what WeChat does not offer to accounts
	Replicas     []replica      // that poll the accounts; none where replicas share none
	now          time.Time
}

// replica is how many accounts a replica polls; without a name it is nobody.
type replica struct {
	Name     string
	Accounts int
}

// table is the overview of the accounts of a type.
type table struct {
	Title    string // what these accounts are; empty if all are alike
	Families []collector.Family
	Accounts []account
}

// account is an account with its own state and those of its APIs.
type account struct {
	poll.Status
	State string
	APIs  []api
}

// api is an API of an account.
type api struct {
	poll.APIStatus
	Fault *fault // nil when nothing is wrong
}

func newStatusPage(all []poll.Status, now time.Time) statusPage {
	p := statusPage{now: now, AccountCount: map[string]int{}, APICount: map[string]int{}}
	found := faults(all, now)
	for _, f := range found {
		if f.Failure {
			p.Failures = append(p.Failures, f)
		} else {
			p.Withheld = append(p.Withheld, f)
		}
	}
	shares := map[string]int{}
	for _, s := range all {
		if s.Shared {
			shares[s.Replica]++
		}
		a := account{Status: s, State: accountState(s)}
		for _, one := range s.APIs {
			if one.State == plan.StateOK && neverAsked(one, now) {
				one.State = stateNew
			}
			a.APIs = append(a.APIs, api{one, find(found, one.Error)})
			p.APICount[one.State]++
		}
		p.AccountCount[a.State]++
		p.Accounts = append(p.Accounts, a)
	}
	for _, name := range slices.Sorted(maps.Keys(shares)) {
		p.Replicas = append(p.Replicas, replica{name, shares[name]})
	}
	slices.SortStableFunc(p.Accounts, func(a, b account) int {
		return slices.Index(accountStates, a.State) - slices.Index(accountStates, b.State)
	})
	p.Tables = tables(p.Accounts)
	return p
}

// titles are what accounts of each type are.
var titles = []struct {
	of    collector.AccountType
	title string
}{{collector.Official, "Official Accounts"}, {collector.Mini, "Mini programs"}}

// tables parts accounts by type: other families are polled of each.
func tables(all []account) (parts []table) {
	for _, t := range titles {
		one := table{Title: t.title}
		var some []poll.Status
		for _, a := range all {
			if cmp.Or(a.Type, collector.Official) == t.of {
				one.Accounts, some = append(one.Accounts, a), append(some, a.Status)
			}
		}
		if one.Families = polledFamilies(some); len(some) > 0 {
			parts = append(parts, one)
		}
	}
	if len(parts) == 1 {
		parts[0].Title = ""
	}
	return parts
}

// polledFamilies returns the families, each with the APIs that any account polls.
func polledFamilies(all []poll.Status) []collector.Family {
	polled := map[string]bool{}
	for _, s := range all {
		for _, a := range s.APIs {
			polled[a.API] = true
		}
	}
	families := collector.Families()
	for i, f := range families {
		families[i].APIs = slices.DeleteFunc(f.APIs, func(a collector.API) bool { return !polled[a.Name] })
	}
	return slices.DeleteFunc(families, func(f collector.Family) bool { return len(f.APIs) == 0 })
}

func accountState(s poll.Status) string {
	switch {
	case s.Problem != nil || s.Refused != nil || slices.ContainsFunc(s.APIs, poll.APIStatus.Failed) || s.Polled && !s.Up:
		return stateProblem
	case !s.Polled:
		return stateStarting
	}
	return stateOK
}

// neverAsked reports whether an API was never called. One that was called in an
// earlier run and had no rows has a next call that lies ahead.
func neverAsked(a poll.APIStatus, now time.Time) bool {
	return a.Newest == 0 && a.Asked.IsZero() && !a.Next.After(now)
}

// API returns an API of the account, nil if the account does not poll it.
func (a account) API(name string) *api {
	i := slices.IndexFunc(a.APIs, func(one api) bool { return one.API == name })
	if i < 0 {
		return nil
	}
	return &a.APIs[i]
}

// Detailed reports whether every API of every account is shown in full.
func (p statusPage) Detailed() bool { return len(p.Accounts) <= maxDetailed }

// Clock writes a time of day in Beijing, with the day where it is not today.
func (p statusPage) Clock(t time.Time) string { return beijingTime(t, p.now) }

// Now writes the time of the page.
func (p statusPage) Now() string { return p.now.In(calendar.Beijing).Format("2006-01-02 15:04") }

// Age returns how many days ago a day was.
func (p statusPage) Age(d calendar.Day) int { return int(calendar.DayOf(p.now) - d) }

// Short writes a day without the year if that is this year.
func (p statusPage) Short(d calendar.Day) string {
	if d.Start().Year() == p.now.In(calendar.Beijing).Year() {
		return d.Start().Format("01-02")
	}
	return d.String()
}

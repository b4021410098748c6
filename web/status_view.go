package web

import (
	"slices"
	"strings"
	"time"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// maxDetailed is for how many accounts the page shows every API in full. With
// more, an account's name leads to a page of its own.
const maxDetailed = 10

// How an account is, in a word. It agrees with wx_up.
const (
	accountProblem  = "problem"
	accountStarting = "starting" // no poll of it has ended yet
	accountOK       = "ok"
)

// apiNew is the state on the page of an API that was never asked, which
// wx_api_state calls ok.
const apiNew = "new"

// statusView is what the status page says, as text and in its order.
type statusView struct {
	Version string // of the exporter
	Metrics string // path of the metrics, escaped
	Now     string
	Only    string // the account that the page is about; empty: all of them

	Total    int // accounts
	Problems int
	Accounts []tally // how many are in which state
	APIs     []tally

	Wrong    []fault // what counts against accounts
	Withheld []fault // what WeChat does not offer to accounts
	Families []columns
	Rows     []accountView // those with problems first
	Detailed bool          // every API of every account is shown in full
}

// tally is how many things are in a state.
type tally struct {
	State string
	Count int
}

// columns are the APIs of a family that any account polls.
type columns struct {
	Name string
	APIs []string
}

// accountView is an account: its row of the overview and its table.
type accountView struct {
	Name     string
	State    string
	Labels   []string // name=value, sorted
	Expiry   string   // of the access token; empty before the first one
	Cells    []cell   // one for each column of the overview
	Families []familyView
}

// familyView is how the last poll of a family went, and its APIs.
type familyView struct {
	Name        string
	State       string // ok, problem or, before the first poll, starting
	Duration    string
	LastSuccess string // empty when there was none
	APIs        []cell
}

// cell is an API of an account.
type cell struct {
	API     string
	First   bool   // of its family
	State   string // empty where the account does not poll the API
	Fault   int    // the number of the fault that it has; 0 when it has none
	Code    string // of the fault
	Newest  string // YYYY-MM-DD; empty when there is no day with rows
	Short   string // Newest without this year
	Age     int    // days from Newest to today
	Open    int    // days
	Asked   string // empty when there was no call since the start
	Next    string // empty when it is not known
	Calls   int
	Limited bool // WeChat tells the quota
	Limit   int64
	Used    int64
}

// newStatusView arranges what is known at now of accounts for the page. only
// is the account that it is about, if it is about one.
func newStatusView(all []collector.Status, only string, now time.Time) statusView {
	found := faults(all, now)
	wrong := slices.IndexFunc(found, func(f fault) bool { return !f.Failure })
	if wrong < 0 {
		wrong = len(found)
	}
	v := statusView{
		Now:      now.In(wxclient.Beijing).Format("2006-01-02 15:04"),
		Only:     only,
		Total:    len(all),
		Wrong:    found[:wrong],
		Withheld: found[wrong:],
		Families: families(all),
		Detailed: len(all) <= maxDetailed,
	}
	for _, s := range all {
		v.Rows = append(v.Rows, newAccountView(s, v.Families, found, now))
	}
	rank := []string{accountProblem, accountStarting, accountOK}
	slices.SortStableFunc(v.Rows, func(a, b accountView) int {
		return slices.Index(rank, a.State) - slices.Index(rank, b.State)
	})
	v.Accounts, v.APIs = count(v.Rows)
	for _, t := range v.Accounts {
		if t.State == accountProblem {
			v.Problems = t.Count
		}
	}
	return v
}

// count counts the states of accounts and of APIs, the most urgent first.
func count(rows []accountView) (accounts, apis []tally) {
	ofAccounts, ofAPIs := map[string]int{}, map[string]int{}
	for _, r := range rows {
		ofAccounts[r.State]++
		for _, c := range r.Cells {
			ofAPIs[c.State]++
		}
	}
	list := func(counts map[string]int, states ...string) (all []tally) {
		for _, s := range states {
			if n := counts[s]; n > 0 {
				all = append(all, tally{s, n})
			}
		}
		return all
	}
	return list(ofAccounts, accountProblem, accountStarting, accountOK),
		list(ofAPIs, "failing", "parked", "open", apiNew, "denied", "offline", "ok")
}

// families returns the columns: the APIs that any account polls.
func families(all []collector.Status) []columns {
	polled := map[string]bool{}
	for _, s := range all {
		for _, a := range s.APIs {
			polled[a.API] = true
		}
	}
	var cols []columns
	for _, f := range collector.Families() {
		c := columns{Name: f.Name}
		for _, a := range f.APIs {
			if polled[a.Name] {
				c.APIs = append(c.APIs, a.Name)
			}
		}
		if len(c.APIs) > 0 {
			cols = append(cols, c)
		}
	}
	return cols
}

func newAccountView(s collector.Status, cols []columns, all []fault, now time.Time) accountView {
	v := accountView{Name: s.Account, State: accountState(s), Expiry: clock(s.Expiry, now)}
	for name, value := range s.Labels {
		v.Labels = append(v.Labels, name+"="+value)
	}
	slices.Sort(v.Labels)
	cells := map[string]cell{}
	for _, a := range s.APIs {
		cells[a.API] = newCell(a, all, now)
	}
	for _, c := range cols {
		f := newFamilyView(s, c.Name, now)
		for i, name := range c.APIs {
			one, ok := cells[name]
			if ok {
				f.APIs = append(f.APIs, one)
			}
			one.First = i == 0
			v.Cells = append(v.Cells, one)
		}
		if len(f.APIs) > 0 {
			v.Families = append(v.Families, f)
		}
	}
	return v
}

// accountState says how an account is.
func accountState(s collector.Status) string {
	failed := slices.ContainsFunc(s.APIs, func(a collector.APIStatus) bool { return a.Error != nil && isFailure(a.Error) })
	switch {
	case s.Problem != nil || failed || s.Polled && !s.Up:
		return accountProblem
	case !s.Polled:
		return accountStarting
	}
	return accountOK
}

func newFamilyView(s collector.Status, name string, now time.Time) familyView {
	v := familyView{Name: name, State: accountStarting}
	for _, f := range s.Families {
		if f.Name != name || !f.Polled {
			continue
		}
		v.State, v.Duration, v.LastSuccess = accountOK, took(f.Duration), clock(f.LastSuccess, now)
		if !f.Success {
			v.State = accountProblem
		}
	}
	return v
}

func newCell(a collector.APIStatus, all []fault, now time.Time) cell {
	c := cell{
		API: a.API, State: a.State, Open: a.OpenDays,
		Asked: clock(a.Asked, now), Next: clock(a.Next, now), Calls: a.Calls,
		Limited: a.Quota.Limit > 0, Limit: a.Quota.Limit, Used: a.Quota.Used,
	}
	if a.Newest != 0 {
		c.Newest = a.Newest.String()
		c.Short = strings.TrimPrefix(c.Newest, now.In(wxclient.Beijing).Format("2006-"))
		c.Age = int(wxclient.DayOf(now) - a.Newest)
	}
	if a.Error != nil {
		c.Code = a.Error.Code
		c.Fault = slices.IndexFunc(all, func(f fault) bool { return f.is(a.Error) }) + 1
	}
	if a.State == "ok" && neverAsked(a, now) {
		c.State = apiNew
	}
	return c
}

// neverAsked reports whether nothing is known of an API. One that was asked in
// an earlier run and never had rows is known: its next call lies ahead.
func neverAsked(a collector.APIStatus, now time.Time) bool {
	return a.Newest == 0 && a.Asked.IsZero() && !a.Next.After(now)
}

package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/web/texts"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// fault is a problem with all accounts that have it. One cause that affects hundreds
// of accounts is one fault, because it has one remedy.
type fault struct {
	Number  int
	Failure bool   // it counts against its accounts
	State   string // of its APIs
	Code    string
	Message string // what WeChat said to the first account
	Advice  string // what a person does about it
	Since   string // when it began
	Next    string // when the next API is asked again; empty when that is not known
	Who     []affected

	since, next time.Time
}

// affected is an account that has a fault.
type affected struct {
	Account string
	Whole   bool     // the whole account, not some APIs
	APIs    []string // those that have it
}

// faults returns what is wrong, the most urgent state first, and of each state
// first what concerns the most accounts.
func faults(all []poll.Status, now time.Time) []*fault {
	var found []*fault
	for _, s := range all {
		if s.Problem != nil {
			found = add(found, s.Account, poll.APIStatus{State: plan.StateFailing, Error: s.Problem})
		}
		if s.Refused != nil {
			found = add(found, s.Account, poll.APIStatus{State: plan.StateDenied, Error: s.Refused})
			find(found, s.Refused).Failure = true
		}
		for _, a := range s.APIs {
			if a.Error != nil {
				found = add(found, s.Account, a)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b *fault) int {
		return cmp.Or(slices.Index(apiStates, a.State)-slices.Index(apiStates, b.State), len(b.Who)-len(a.Who))
	})
	for i, f := range found {
		f.Number, f.Since, f.Next = i+1, beijingTime(f.since, now), beijingTime(f.next, now)
	}
	return found
}

// add adds the error of an API, or of a whole account, to the faults.
func add(found []*fault, account string, a poll.APIStatus) []*fault {
	f := find(found, a.Error)
	if f == nil {
		f = &fault{Failure: a.Failed(), State: a.State, Code: a.Error.Code, Message: a.Error.Message, Advice: plan.Advice(a.Error)}
		found = append(found, f)
	}
	f.since, f.next = earlier(f.since, a.Since), earlier(f.next, a.Next)
	if n := len(f.Who); n == 0 || f.Who[n-1].Account != account {
		f.Who = append(f.Who, affected{Account: account, Whole: a.API == ""})
	}
	who := &f.Who[len(f.Who)-1]
	who.APIs = append(who.APIs, a.API)
	return found
}

// find returns the fault that an error belongs to, nil if there is none. Messages of
// WeChat are not compared: it adds a different number to each. What the exporter finds
// wrong with an answer is the same only if it says the same.
func find(found []*fault, e *wxclient.Error) *fault {
	for _, f := range found {
		if e != nil && f.Code == e.Code && f.Advice == plan.Advice(e) && (e.Code != "invalid" || f.Message == e.Message) {
			return f
		}
	}
	return nil
}

// names lists the APIs, or says how many there are if they are many.
func (a affected) names(l texts.Language) string {
	switch {
	case a.Whole:
		return l.Say("all APIs")
	case len(a.APIs) > 6:
		return l.Count(len(a.APIs), "API")
	}
	return strings.Join(a.APIs, l.Say(", "))
}

// earlier returns the earlier of two times; zero is no time.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

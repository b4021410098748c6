package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// fault is something that is wrong, with all whom it concerns. What one cause
// does to hundreds of accounts is one fault, because one remedy ends it.
type fault struct {
	Number  int
	Failure bool   // it counts against its accounts
	State   string // failing, parked, denied or offline
	Code    string
	Message string // what WeChat said to the first whom it concerns
	Advice  string // what a person does about it
	Since   string // when it began for the first of them
	Next    string // when the next of them asks again; empty when that is not known
	Who     []concerned

	since, next time.Time
}

// concerned is an account that a fault concerns.
type concerned struct {
	Account string
	APIs    []string // empty: the whole account
}

// isFailure reports whether an error counts against its account, as wx_up
// does it: an API that is switched off or not granted does not.
func isFailure(e *wxclient.Error) bool {
	return e.Action != wxclient.Offline && e.Action != wxclient.Denied
}

// is reports whether an error belongs to the fault. Messages do not tell:
// WeChat ends them with a different number each time.
func (f fault) is(e *wxclient.Error) bool { return f.Code == e.Code && f.Advice == collector.Advice(e) }

// faults returns what is wrong, what counts against accounts before what does
// not, and of each kind first what concerns the most accounts.
func faults(all []collector.Status, now time.Time) []fault {
	var found []fault
	for _, s := range all {
		if s.Problem != nil {
			found = addFault(found, s.Problem, "failing", s.Account)
		}
		for _, a := range s.APIs {
			if a.Error == nil {
				continue
			}
			found = addFault(found, a.Error, a.State, s.Account, a.API)
			f := &found[slices.IndexFunc(found, func(f fault) bool { return f.is(a.Error) })]
			f.since, f.next = earlier(f.since, a.Since), earlier(f.next, a.Next)
		}
	}
	rank := []string{"failing", "parked", "denied", "offline"}
	slices.SortStableFunc(found, func(a, b fault) int {
		if a.Failure != b.Failure {
			if a.Failure {
				return -1
			}
			return 1
		}
		return cmp.Or(
			slices.Index(rank, a.State)-slices.Index(rank, b.State),
			len(b.Who)-len(a.Who),
		)
	})
	for i := range found {
		f := &found[i]
		f.Number, f.Since, f.Next = i+1, clock(f.since, now), clock(f.next, now)
	}
	return found
}

// addFault adds an error of an account, or of some APIs of it, to the faults.
func addFault(found []fault, e *wxclient.Error, state, account string, apis ...string) []fault {
	i := slices.IndexFunc(found, func(f fault) bool { return f.is(e) })
	if i < 0 {
		i = len(found)
		found = append(found, fault{Failure: isFailure(e), State: state, Code: e.Code, Message: e.Message, Advice: collector.Advice(e)})
	}
	f := &found[i]
	last := len(f.Who) - 1
	switch {
	case last < 0 || f.Who[last].Account != account:
		f.Who = append(f.Who, concerned{account, apis})
	case len(f.Who[last].APIs) > 0:
		f.Who[last].APIs = append(f.Who[last].APIs, apis...)
	}
	return found
}

// Names lists the APIs, or says how many there are if they are many.
func (c concerned) Names() string {
	switch n := len(c.APIs); {
	case n == 0:
		return "all APIs"
	case n > 6:
		return plural(n, "API")
	}
	return strings.Join(c.APIs, ", ")
}

// earlier returns the earlier of two times, of which a zero one says nothing.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

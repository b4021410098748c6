package poll

import (
	"maps"
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// Status is what the exporter knows of an account at a moment.
type Status struct {
	Account  string
	Labels   map[string]string
	Up       bool            // the last poll got a token and no API failed
	Polled   bool            // a poll has ended since the start
	HasData  bool            // the store or WeChat had rows
	Problem  *wxclient.Error // why all APIs wait: refused credentials; nil when they do not
	Families []FamilyStatus
	APIs     []APIStatus // in the order of the families' tables
	Expiry   time.Time   // of the access token in use; zero before the first one
}

// FamilyStatus is how the last poll of a family went.
type FamilyStatus struct {
	Name        string
	Polled      bool
	Success     bool
	Duration    time.Duration
	LastSuccess time.Time // zero when there was none
}

// APIStatus is what the exporter knows of an API of an account.
type APIStatus struct {
	Family, API string
	State       string          // one of States
	Newest      wxclient.Day    // the newest day with rows; 0 when there is none
	OpenDays    int             // days that were asked for and are not there yet
	Error       *wxclient.Error // of the last request, or Problem; nil when it succeeded
	Since       time.Time       // since when Error
	Asked       time.Time       // the last request; zero when there was none since the start
	Next        time.Time       // the next one
	Calls       int             // calls today, Beijing time
	Quota       wxclient.Quota  // Limit is 0 where WeChat does not tell
}

// Failed reports whether the error of the API counts against the account, as
// wx_up does: an API that is switched off or not granted does not.
func (s APIStatus) Failed() bool { return s.Error != nil && Fails(s.Error) }

// Fails reports whether an error counts against its account.
func Fails(err *wxclient.Error) bool { return policies[err.Action].failure }

// ready reports whether there is data to serve or a poll has ended.
func (s Status) ready() bool { return s.HasData || s.Polled }

// status returns what the account knew of itself when its loop last went round.
func (a *account) status() Status { return *a.snapshot.Load() }

// publish lets others know what the account knows now, and then the pages what
// has changed.
func (a *account) publish() {
	a.takeSnapshot()
	if len(a.changed) > 0 {
		a.pages.Changed(a.Name, slices.Collect(maps.Keys(a.changed))...)
		clear(a.changed)
	}
}

// takeSnapshot makes the status that others see. Only the account's loop calls
// it, and restore before there is one.
func (a *account) takeSnapshot() {
	today := wxclient.DayOf(a.now())
	s := &Status{
		Account: a.Name, Labels: a.Labels, Up: a.up, Polled: a.polled, HasData: a.hasData,
		Problem: a.refused.err, Expiry: a.expiry,
	}
	for _, f := range a.families {
		s.Families = append(s.Families, f.last)
	}
	for _, api := range a.apis {
		one := APIStatus{
			Family: api.family.Name, API: api.Name, State: api.state(), Newest: api.newest, OpenDays: api.openDays,
			Error: api.err, Since: api.since, Asked: api.asked, Next: api.due(), Quota: a.quotas.APIs[api.Name],
		}
		if api.day == today {
			one.Calls = api.calls
		}
		s.APIs = append(s.APIs, a.refused.shared(one))
	}
	a.snapshot.Store(s)
}

// shared is the status of an API that waits with all others: none fares better
// than the one that asks for all, whether or not it was that one itself.
func (f refusal) shared(s APIStatus) APIStatus {
	if f.err == nil {
		return s
	}
	if s.Error == nil || s.Error.Action == wxclient.Credentials || s.Error.API == tokenAPI {
		s.State, s.Error, s.Since = StateFailing, f.err, f.since
		s.Next = f.retryAt
	}
	if s.Next.Before(f.retryAt) {
		s.Next = f.retryAt
	}
	return s
}

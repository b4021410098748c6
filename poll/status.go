package poll

import (
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// Status is the status of an account.
type Status struct {
	Account  string
	Labels   map[string]string
	Up       bool            // the last poll got a token and no API failed
	Polled   bool            // a poll has ended, of this process or of one before
	HasData  bool            // the store or WeChat had rows
	Problem  *wxclient.Error // refused credentials, for which all APIs wait; nil if accepted
	Families []FamilyStatus
	APIs     []APIStatus // in the order of the families' tables
	Expiry   time.Time   // of the access token in use; zero before the first one
	Shared   bool        // replicas share the accounts
	Replica  string      // that polls the account; empty when none does, as far as this one knows
	History  History
}

// FamilyStatus is how the last poll of a family went.
type FamilyStatus struct {
	Name        string        `json:"-"`
	Polled      bool          `json:"polled"`
	Success     bool          `json:"success"`
	Duration    time.Duration `json:"duration"`
	LastSuccess time.Time     `json:"last_success,omitzero"` // zero when there was none
}

// APIStatus is the status of an API of an account.
type APIStatus struct {
	Family, API string
	State       string          // one of States
	Newest      calendar.Day    // the newest day with rows; 0 when there is none
	OpenDays    int             // days that were fetched and are not computed yet
	Error       *wxclient.Error // of the last request, or Problem, or of rows that could not be read; nil when all is well
	Since       time.Time       // since when Error
	Lacks       string          // what of WeChat's last answer could not be read; empty when all could
	Asked       time.Time       // the last request; zero when there was none since the start
	Next        time.Time       // the next one
	Calls       int             // calls today, Beijing time
	Quota       wxclient.Quota  // Limit is 0 if WeChat does not report it

	HistoryDays, HistoryMissing int // days since Fill.Since that are known, and that are not

	historyRequests int
}

// Failed reports whether the error of the API counts against the account, as
// wx_up does: an API that is switched off or not granted does not.
func (s APIStatus) Failed() bool { return s.Error != nil && policies[s.Error.Action].failure }

// ready reports whether there is data to serve or a poll has ended.
func (s Status) ready() bool { return s.HasData || s.Polled }

// status returns the account's status as of the last round of its loop.
func (a *account) status() Status {
	now, today := a.snapshot.Load(), calendar.DayOf(a.now())
	s := Status{
		Account: a.Name, Labels: a.Labels, Up: now.Up, Polled: now.Polled, HasData: now.HasData,
		Problem: now.Refused.Err, Expiry: now.Expiry,
	}
	for _, f := range a.families {
		last := now.Families[f.Name]
		last.Name = f.Name
		s.Families = append(s.Families, last)
	}
	for _, api := range a.apis {
		c := now.APIs[api.Name]
		one := APIStatus{
			Family: api.family.Name, API: api.Name, State: c.state(), Newest: c.Newest, OpenDays: c.OpenDays,
			Error: c.problem(), Since: c.since(), Lacks: c.Misread.Lacks, Asked: c.Asked, Next: c.due(), Quota: now.Quotas.APIs[api.Name],
			HistoryDays: c.Fill.Days, HistoryMissing: c.Fill.Missing, historyRequests: c.Fill.Requests,
		}
		if c.Day == today {
			one.Calls = c.Calls
		}
		s.APIs = append(s.APIs, now.Refused.shared(one))
	}
	s.History = a.Fill.history(s.APIs, a.now())
	return s
}

// shared is the status of an API while the credentials are refused: it has the
// account's problem, unless it has another one of its own.
func (f refusal) shared(s APIStatus) APIStatus {
	if f.Err == nil {
		return s
	}
	if s.Error == nil || s.Error.Action == wxclient.Credentials || s.Error.API == tokenAPI {
		s.State, s.Error, s.Since = StateFailing, f.Err, f.Began
		s.Next = f.RetryAt
	}
	if s.Next.Before(f.RetryAt) {
		s.Next = f.RetryAt
	}
	return s
}

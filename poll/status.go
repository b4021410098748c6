package poll

import (
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// Status is the status of an account.
type Status struct {
	ID       string // in the store
	Account  string
	Type     collector.AccountType
	Labels   map[string]string
	Up       bool            // the last poll got a token and no API failed
	Polled   bool            // a poll has ended, of this process or of one before
	HasData  bool            // the store or WeChat had rows
	Problem  *wxclient.Error // refused credentials, for which all APIs wait; nil if accepted
	Refused  *wxclient.Error // WeChat refuses all APIs, as plan.AllRefused has it; nil if it does not
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
	State       string          // one of plan.States
	Newest      calendar.Day    // the newest day with rows; 0 when there is none
	OpenDays    int             // days that were fetched and are not computed yet
	Error       *wxclient.Error // of the last request, or Problem, or of rows that could not be read; nil when all is well
	Since       time.Time       // since when Error
	Lacks       string          // what of WeChat's last answer could not be read; empty when all could
	Asked       time.Time       // the last request; zero when there was none since the start
	Next        time.Time       // the next one
	Calls       int             // calls today, Beijing time
	Quota       wxclient.Quota  // Limit is 0 if WeChat does not report it

	HistoryDays, HistoryMissing int // days since Backfill.Since that are known, and that are not

	historyDone calendar.Day // when there will be none missing
}

// Failed reports whether the error of the API counts against the account, as
// wx_up does: an API that is switched off or not granted does not.
func (s APIStatus) Failed() bool { return s.Error != nil && plan.PolicyOf(s.Error.Action).Failure }

// Ready reports whether there is data to serve or a poll has ended.
func (s Status) Ready() bool { return s.HasData || s.Polled }

// Status returns the account's status as of the last round of its loop.
func (a *Account) Status() Status {
	now, at := a.snapshot.Load(), a.now()
	s := Status{
		Account: a.Name, Type: a.Type, ID: a.ID, Labels: a.Labels, Up: now.Up, Polled: now.Polled, HasData: now.HasData,
		Problem: now.Refused.Err, Expiry: now.Expiry,
	}
	for _, f := range a.families {
		last := now.Families[f.Name]
		last.Name = f.Name
		s.Families = append(s.Families, last)
	}
	var states []plan.APIState
	for _, api := range a.apis {
		state := now.APIs[api.Name]
		states = append(states, state)
		one := APIStatus{
			Family: api.family.Name, API: api.Name, State: state.State(), Newest: state.Newest, OpenDays: state.OpenDays,
			Error: state.Problem(), Since: state.Since(), Lacks: state.Misread.Lacks, Asked: state.Asked, Next: state.Due(), Quota: now.Quotas.APIs[api.Name],
			HistoryDays: state.Backfill.Days, HistoryMissing: state.Backfill.Missing, historyDone: a.Backfill.Done(*api.API, state.Backfill.Requests, at),
		}
		if state.Day == calendar.DayOf(at) {
			one.Calls = state.Calls
		}
		s.APIs = append(s.APIs, one.whileRefused(now.Refused))
	}
	s.Refused = plan.AllRefused(states)
	s.History = a.history(s.APIs)
	return s
}

// whileRefused is the status of an API while the credentials are refused: it has the
// account's problem, unless it has another one of its own.
func (s APIStatus) whileRefused(f plan.AuthFailure) APIStatus {
	if f.Err == nil {
		return s
	}
	if s.Error == nil || s.Error.Action == wxclient.Credentials || s.Error.API == wxclient.TokenAPI {
		s.State, s.Error, s.Since = plan.StateFailing, f.Err, f.Began
		s.Next = f.RetryAt
	}
	if s.Next.Before(f.RetryAt) {
		s.Next = f.RetryAt
	}
	return s
}

// History is the progress of the backfill of an account.
type History struct {
	Since         calendar.Day
	Days, Missing int          // days of APIs; those that WeChat does not offer to the account are left out
	Done          calendar.Day // when all will be there, if no call fails
}

// history sums up the backfill of all APIs.
func (a *Account) history(apis []APIStatus) (h History) {
	h.Since, h.Done = a.Backfill.Since, calendar.DayOf(a.now())
	for _, api := range apis {
		if api.State == plan.StateOffline || api.State == plan.StateDenied {
			continue
		}
		h.Days += api.HistoryDays
		h.Missing += api.HistoryMissing
		h.Done = max(h.Done, api.historyDone)
	}
	return h
}

// logHistory looks once an hour at the backfill, and logs its progress and its end.
func (a *Account) logHistory() {
	now := a.now()
	if a.Backfill.Since == 0 || a.working || now.Sub(a.historyLogged) < time.Hour && !now.Before(a.historyLogged) {
		return
	}
	h := a.Status().History
	if h.Days+h.Missing == 0 {
		return
	}
	done := h.Missing == 0 && a.backfilling
	a.historyLogged, a.backfilling = now, h.Missing > 0
	switch {
	case done:
		level.Info(a.logger).Log("msg", "backfill done", "since", h.Since, "days", h.Days)
	case h.Missing > 0:
		level.Info(a.logger).Log("msg", "backfilling", "since", h.Since, "days", h.Days, "missing", h.Missing, "done", "about "+h.Done.String())
	}
}

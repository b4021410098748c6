package collector

import (
	"time"

	"github.com/wxexporter/wx_exporter/exposition"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// Status is what the exporter knows of an account at a moment.
type Status struct {
	Account  string
	Labels   map[string]string
	Up       bool            // the last poll got a token and no API failed
	Polled   bool            // a poll has ended since the start
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
	State       string          // ok, open, parked, offline, denied or failing
	Newest      wxclient.Day    // the newest day with rows; 0 when there is none
	OpenDays    int             // days that were asked for and are not there yet
	Error       *wxclient.Error // of the last call, or Problem; nil when it succeeded
	Since       time.Time       // since when Error
	Asked       time.Time       // the last call; zero when there was none since the start
	Next        time.Time       // the next call
	Calls       int             // calls today, Beijing time
	Quota       wxclient.Quota  // Limit is 0 where WeChat does not tell
}

// The states of an API, as wx_api_state names them.
const (
	StateOK      = stateOK
	StateOpen    = stateOpen
	StateParked  = stateParked
	StateOffline = stateOffline
	StateDenied  = stateDenied
	StateFailing = stateFailing
)

// Failed reports whether the last call failed in a way that counts against the
// account, as in wx_up: an API that is switched off or not granted does not.
func (s APIStatus) Failed() bool {
	return s.Error != nil && s.Error.Action != wxclient.Offline && s.Error.Action != wxclient.Denied
}

// status returns what the account knows of itself.
func (a *account) status() Status {
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	s := Status{Account: a.Name, Labels: a.Labels, Up: a.up, Polled: a.polled, Problem: a.held, Expiry: a.expiry}
	for _, f := range a.families {
		p, polled := a.polls[f.Name]
		s.Families = append(s.Families, FamilyStatus{f.Name, polled, p.Success, p.Duration, p.LastSuccess})
		for _, api := range f.APIs {
			st := a.apis[api.Name]
			one := APIStatus{
				Family: f.Name, API: api.Name, State: st.state(), Newest: st.newest, OpenDays: st.openDays,
				Error: st.err, Since: st.since, Asked: st.asked, Next: st.next, Quota: a.quotas.APIs[api.Name],
			}
			if st.day == wxclient.DayOf(now) {
				one.Calls = st.calls
			}
			a.share(&one)
			s.APIs = append(s.APIs, one)
		}
	}
	return s
}

// finish ends a poll.
func (a *account) finish() {
	a.mu.Lock()
	a.polled, a.up = true, a.held == nil
	for _, s := range a.apis {
		a.up = a.up && !s.failed()
	}
	a.mu.Unlock()
	a.pages.Changed(exposition.Key{Account: a.Name, Family: exposition.Exporter})
}

// ready reports whether the account has data to serve or a poll has ended.
func (a *account) ready() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.hasData || a.polled
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

package collector

import (
	"time"

	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// The states of an API, as wx_api_state names them.
const (
	stateOK      = "ok"
	stateOpen    = "open"    // days were asked for and are not there yet
	stateParked  = "parked"  // the day's calls are spent
	stateOffline = "offline" // WeChat switched the API off
	stateDenied  = "denied"  // the account may not use it
	stateFailing = "failing"
)

func states() []string {
	return []string{stateOK, stateOpen, stateParked, stateOffline, stateDenied, stateFailing}
}

// apiState is what an account knows of an API beside its days.
type apiState struct {
	err      *wxclient.Error // of the last call; nil when it succeeded
	since    time.Time       // when err began
	failures int             // in a row
	retryAt  time.Time       // not asked before, because of err; zero: no such reason
	spent    bool            // no more calls today, by our own limit

	day   wxclient.Day // the Beijing day that calls counts
	calls int

	asked    time.Time // the last call
	next     time.Time // the next one, if nothing else happens
	newest   wxclient.Day
	openDays int
	first    map[wxclient.Day]time.Time // when days that are open were first asked for
	rejected map[wxclient.Request]bool  // never to be repeated unchanged

	// unreadable are the kept days whose rows cannot be decoded: true while they
	// are to be asked for again, which is done once.
	unreadable map[wxclient.Day]bool
}

// state names the state of the API.
func (s *apiState) state() string {
	if s.err != nil {
		switch s.err.Action {
		case wxclient.Offline:
			return stateOffline
		case wxclient.Denied:
			return stateDenied
		case wxclient.Tomorrow:
			return stateParked
		default:
			return stateFailing
		}
	}
	switch {
	case s.spent:
		return stateParked
	case s.openDays > 0:
		return stateOpen
	}
	return stateOK
}

// failed reports whether the last call failed in a way that counts against the
// account: an API that is switched off or not granted does not.
func (s *apiState) failed() bool {
	return s.err != nil && s.err.Action != wxclient.Offline && s.err.Action != wxclient.Denied
}

// count adds a call at now.
func (s *apiState) count(now time.Time) {
	if today := wxclient.DayOf(now); today != s.day {
		s.day, s.calls = today, 0
	}
	s.calls++
}

// allows reports whether the API may be asked at now, by our own daily limit.
func (s *apiState) allows(now time.Time) bool {
	return wxclient.DayOf(now) != s.day || s.calls+callsPerAsk <= dailyCalls
}

// opened notes which days of an answer are open, and when those that were
// never asked for before were.
func (s *apiState) opened(days []store.Day, have map[wxclient.Day]store.Day, now time.Time) {
	for _, k := range days {
		d, err := wxclient.ParseDay(k.Date)
		_, known := have[d]
		if s.unreadable[d] {
			s.unreadable[d] = false
		}
		switch {
		case err != nil:
		case !k.Open:
			delete(s.first, d)
		case !known:
			if s.first == nil {
				s.first = map[wxclient.Day]time.Time{}
			}
			s.first[d] = now
		}
	}
}

// reopen opens, among the days that are kept, those that cannot be read, so
// that they are asked for again.
func (s *apiState) reopen(have map[wxclient.Day]store.Day) {
	for d, r := range have {
		if s.unreadable[d] {
			r.Open = true
			have[d] = r
		}
	}
}

// turnBack forgets what the clock decided while it was ahead of now.
func (s *apiState) turnBack(now time.Time) {
	s.rejected = nil
	if s.asked.After(now) {
		s.retryAt = time.Time{}
	}
}

// succeed notes a call that succeeded.
func (s *apiState) succeed(now time.Time) {
	s.err, s.failures, s.retryAt, s.since = nil, 0, time.Time{}, time.Time{}
	s.asked = now
}

// fail notes a call that failed.
func (s *apiState) fail(r wxclient.Request, err *wxclient.Error, now time.Time, jitter float64) {
	if s.err == nil || s.err.Code != err.Code {
		s.since, s.failures = now, 0
	}
	s.failures++
	s.asked, s.err = now, err
	s.retryAt = retryAt(err.Action, s.failures, now, jitter)
	s.next = s.retryAt
	if err.Action == wxclient.Rejected {
		if s.rejected == nil {
			s.rejected = map[wxclient.Request]bool{}
		}
		s.rejected[r] = true
	}
}

package plan

import (
	"maps"
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// DailyCap is how many calls of one API an account makes on a day at most.
// WeChat's quotas are undocumented; 100 is the smallest that anybody assumes.
const DailyCap = 60

// APIState is the state of an API of an account, without its days. It is a value:
// each event makes the next one.
type APIState struct {
	Err      *wxclient.Error `json:"err,omitempty"`       // of the last request; nil when it succeeded
	Began    time.Time       `json:"began,omitzero"`      // since when Err
	Failures int             `json:"failures,omitempty"`  // in a row
	RetryAt  time.Time       `json:"retry_at,omitzero"`   // no request before, because of Err; zero: no error
	Capped   bool            `json:"capped,omitempty"`    // DailyCap is reached
	Day      calendar.Day    `json:"day,omitempty"`       // the Beijing day that Calls counts
	Calls    int             `json:"calls,omitempty"`     //
	Each     []int           `json:"each,omitempty"`      // of which so many of each question, if there are several
	Asked    time.Time       `json:"asked,omitzero"`      // the last request
	Next     time.Time       `json:"next,omitzero"`       // when the next request is planned
	Newest   calendar.Day    `json:"newest,omitempty"`    // the newest day with rows; 0 when there is none
	OpenDays int             `json:"open_days,omitempty"` // days that were fetched and are not computed yet
	Backfill Progress        `json:"fill,omitzero"`
	Misread  Misreading      `json:"misread,omitzero"`

	first    map[calendar.Day]time.Time // when open days were first fetched
	rejected map[[2]calendar.Day]bool   // the begin and end of requests that are never to be repeated
}

// days adds to what is stored of days what the state knows of them.
func (s APIState) days(stored map[calendar.Day]DayInfo) map[calendar.Day]DayInfo {
	days := make(map[calendar.Day]DayInfo, len(stored))
	for d, one := range stored {
		one.first = s.first[d]
		days[d] = one
	}
	for d, asked := range s.Misread.Days {
		one := days[d]
		one.misread, one.again = asked, s.Misread.RetryAt
		days[d] = one
	}
	return days
}

// State names the state as wx_api_state does.
func (s APIState) State() string {
	switch {
	case s.Problem() != nil:
		return policies[s.Problem().Action].State
	case s.Capped:
		return StateParked
	case s.OpenDays > 0:
		return StateOpen
	}
	return StateOK
}

// Problem is the error of the last request or, if it has none, of the answers that
// could not be read.
func (s APIState) Problem() *wxclient.Error {
	if s.Err != nil {
		return s.Err
	}
	return s.Misread.Err
}

// Since is when the problem began.
func (s APIState) Since() time.Time {
	if s.Err != nil {
		return s.Began
	}
	return s.Misread.Began
}

// Failed reports whether the API has a problem that counts against the account.
func (s APIState) Failed() bool { return s.Problem() != nil && policies[s.Problem().Action].Failure }

// Works reports whether an account with APIs in these states works: none has failed, and
// WeChat does not refuse all that were asked.
func Works(apis []APIState) bool {
	return !slices.ContainsFunc(apis, APIState.Failed) && AllRefused(apis) == nil
}

// AllRefused returns what is wrong with an account when WeChat refuses all APIs that were
// asked, nil if it does not. What the account has nothing of says nothing.
func AllRefused(apis []APIState) (err *wxclient.Error) {
	for _, s := range apis {
		switch p := s.Problem(); {
		case p == nil && s.Asked.IsZero() && s.Newest == 0, p != nil && p.Action == wxclient.Absent:
		case p == nil || policies[p.Action].Failure:
			return nil
		case err == nil:
			err = &wxclient.Error{Code: p.Code, Message: p.Message, Action: p.Action, Advice: LookAtType}
		}
	}
	return err
}

// LookAtType is what to do about an account of which WeChat refuses everything.
const LookAtType = "See in the configuration whether the account's type is right, official or mini, and in its console whether it is certified and may use these interfaces."

// Due returns when the next request is due.
func (s APIState) Due() time.Time {
	if s.RetryAt.After(s.Next) {
		return s.RetryAt
	}
	return s.Next
}

// allows reports whether there may be another request at now, of at most so many calls on a
// day.
func (s APIState) allows(most int, now time.Time) bool {
	return s.left(most, now) >= wxclient.CallsPerPage
}

// counted is how many calls of the day count towards DailyCap: those of the question
// that was asked most.
func (s APIState) counted() int {
	if len(s.Each) > 0 {
		return slices.Max(s.Each)
	}
	return s.Calls
}

// left is how many calls a request may make of each question.
func (s APIState) left(most int, now time.Time) int {
	if calendar.DayOf(now) != s.Day {
		return most
	}
	return most - s.counted()
}

// allowsBackfill reports whether the backfill may make a request at now: not before the
// day's start, and only while enough calls are left for the current day. After an error it
// is what is tried again when nothing else is due: a week's API may have nothing for days.
// questions are the calls of a request at least; the day's first one is always allowed.
func (s APIState) allowsBackfill(f Backfill, p Schedule, questions int, now time.Time) bool {
	today := calendar.DayOf(now)
	switch {
	case s.Err != nil && now.Before(s.RetryAt), now.Before(p.Start(today)):
		return false
	case s.Day != today:
		return true
	}
	return s.Backfill.Calls+questions <= max(f.CallsPerDay, questions) && s.allows(MaxBackfillCalls, now)
}

// backfilled is the state after a request of the backfill; before is the one before it.
func (s APIState) backfilled(before APIState) APIState {
	if s.Day != before.Day {
		before.Calls = 0
	}
	s.Backfill.Calls += s.Calls - before.Calls
	return s
}

// TooEarly is the state after WeChat refused dates before its first data. The first day
// with data is found by bisection.
func (s APIState) TooEarly(r wxclient.Request) APIState {
	s.Backfill.From = r.Begin + (r.End-r.Begin)/2 + 1
	return s
}

// Called adds calls at now.
func (s APIState) Called(n int, now time.Time) APIState { return s.CalledEach([]int{n}, now) }

// CalledEach adds calls of each of an API's questions at now.
func (s APIState) CalledEach(calls []int, now time.Time) APIState {
	if today := calendar.DayOf(now); today != s.Day {
		s.Day, s.Calls, s.Each, s.Backfill.Calls = today, 0, nil, 0
	}
	for _, n := range calls {
		s.Calls += n
	}
	if len(calls) > 1 {
		each := make([]int, len(calls)) // states share it
		copy(each, s.Each)
		for i, n := range calls {
			each[i] += n
		}
		s.Each = each
	}
	return s
}

// Succeeded is the state after an answer that led to days; have is what was
// stored of them before.
func (s APIState) Succeeded(days []Day, have map[calendar.Day]Day, now time.Time) APIState {
	s.Err, s.Failures, s.RetryAt, s.Began = nil, 0, time.Time{}, time.Time{}
	s.Asked, s.Next, s.Capped = now, now, false
	s.first = maps.Clone(s.first)
	for _, day := range days {
		_, known := have[day.Date]
		switch {
		case !day.Open:
			delete(s.first, day.Date)
		case !known:
			if s.first == nil {
				s.first = map[calendar.Day]time.Time{}
			}
			s.first[day.Date] = now
		}
	}
	return s
}

// FailedWith is the state after a request failed. jitter is as in pause.until.
func (s APIState) FailedWith(r wxclient.Request, err *wxclient.Error, now time.Time, jitter float64) APIState {
	if s.Err == nil || s.Err.Code != err.Code {
		s.Began, s.Failures = now, 0
	}
	s.Failures++
	s.Asked, s.Err = now, err
	s.RetryAt = policies[err.Action].pause.until(s.Failures, now, jitter)
	s.Next = s.RetryAt
	if err.Action == wxclient.Rejected {
		rejected := map[[2]calendar.Day]bool{{r.Begin, r.End}: true}
		maps.Copy(rejected, s.rejected)
		s.rejected = rejected
	}
	return s
}

// Restored is the state after a start at now. What a person may have corrected
// meanwhile is tried at once.
func (s APIState) Restored(now time.Time) APIState {
	if calendar.ClockUnset(now) {
		s.Next = now
		return s
	}
	if s.Err != nil && policies[s.Err.Action].Survives && s.RetryAt.After(now) && !s.Asked.After(now) {
		s.Next = s.RetryAt
		return s
	}
	if s.Err != nil && !s.Asked.After(now) && !s.allows(DailyCap, now) {
		s.Next = now // nothing can be tried today, so nothing is better than it was
		return s
	}
	return APIState{Day: min(s.Day, calendar.DayOf(now)), Calls: s.Calls, Each: s.Each, Backfill: s.Backfill, Next: now, Misread: s.Misread.tried(now)}
}

// ClockSetBack is the state without the decisions of a clock that was ahead: what
// failed by it may have failed because of it. Its calls were made, so they count for
// today.
func (s APIState) ClockSetBack(now time.Time) APIState {
	s.rejected, s.Next, s.Misread = nil, now, s.Misread.tried(now)
	if s.Asked.After(now) {
		s.Err, s.Began, s.Failures, s.RetryAt, s.Asked = nil, time.Time{}, 0, time.Time{}, time.Time{}
	}
	s.Day = min(s.Day, calendar.DayOf(now))
	return s
}

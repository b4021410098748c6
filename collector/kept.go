package collector

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// statesNote is the name of the note that keeps what must survive a restart:
// how the families' last polls went, and of the APIs' states what sees to it
// that a restart repeats no call of the same day.
const statesNote = "states"

// savedStates is the note.
type savedStates struct {
	APIs  map[string]savedState `json:"apis"`
	Polls map[string]familyPoll `json:"polls"`
}

// savedState is an API's state as the note keeps it. Without a code it has no
// error that outlasts a restart.
type savedState struct {
	Code     string          `json:"code"`
	Message  string          `json:"message"`
	Advice   string          `json:"advice"`
	Action   wxclient.Action `json:"action"`
	Since    time.Time       `json:"since"`
	Asked    time.Time       `json:"asked"`
	RetryAt  time.Time       `json:"retry_at"`
	Failures int             `json:"failures"`
	Day      wxclient.Day    `json:"day"`
	Calls    int             `json:"calls"`
}

// outlasts reports whether an API that failed so is left alone after a restart
// too. Whatever a person may have mended meanwhile is asked again at once.
func outlasts(a wxclient.Action) bool {
	return a == wxclient.Tomorrow || a == wxclient.Offline || a == wxclient.Denied
}

// saveStates keeps what outlasts a restart.
func (a *account) saveStates() {
	a.saving.Lock()
	defer a.saving.Unlock()
	a.mu.Lock()
	saved := savedStates{APIs: map[string]savedState{}, Polls: maps.Clone(a.polls)}
	for name, s := range a.apis {
		one := savedState{Day: s.day, Calls: s.calls}
		if s.err != nil && outlasts(s.err.Action) {
			one.Code, one.Message, one.Advice, one.Action = s.err.Code, s.err.Message, s.err.Advice, s.err.Action
			one.Since, one.Asked, one.RetryAt, one.Failures = s.since, s.asked, s.retryAt, s.failures
		}
		saved.APIs[name] = one
	}
	a.mu.Unlock()
	text, err := json.Marshal(saved)
	if err != nil {
		level.Error(a.logger).Log("msg", "cannot keep the APIs' states", "err", err)
		return
	}
	a.store.PutState(a.ID, statesNote, text)
}

// restore reads what the store knows of the account beside its days: the states
// that outlast a restart, the quotas, and whether there is data. The days
// themselves are read for the pages, and then for the first poll's plan; to read
// those of hundreds of accounts here too would make a start slow.
func (a *account) restore() {
	a.hasData = a.keepsRows()
	now := a.now()
	var saved savedStates
	a.readNote(statesNote, &saved)
	a.readNote(quotasNote, &a.quotas)
	for _, f := range a.families {
		if p, ok := saved.Polls[f.Name]; ok {
			a.polls[f.Name] = p
		}
		for _, api := range f.APIs {
			old := saved.APIs[api.Name]
			s := &apiState{next: now, day: old.Day, calls: old.Calls}
			if old.Code != "" && old.RetryAt.After(now) && !old.Asked.After(now) {
				s.err = &wxclient.Error{API: api.Name, Code: old.Code, Message: old.Message, Advice: old.Advice, Action: old.Action}
				s.since, s.asked, s.retryAt, s.next, s.failures = old.Since, old.Asked, old.RetryAt, old.RetryAt, old.Failures
				a.note(api.Name, old.Code)
			}
			a.apis[api.Name] = s
		}
	}
}

// keepsRows reports whether the store has a row of any day of the window.
func (a *account) keepsRows() bool {
	for _, f := range a.families {
		for _, api := range f.APIs {
			have, err := a.have(api, api.days(a.Window, a.Poll.newest(a.now())))
			if err != nil {
				level.Error(a.logger).Log("msg", "cannot read the store", "api", api.Name, "err", err)
			}
			if _, newest := openDays(have); newest != 0 {
				return true
			}
		}
	}
	return false
}

// readNote reads a note of the account into to; without one it stays as it is.
func (a *account) readNote(name string, to any) {
	text, err := a.store.State(a.ID, name)
	if err == nil && text != nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		level.Warn(a.logger).Log("msg", "cannot read a note of the store", "note", name, "err", err)
	}
}

// have returns what is kept of an API's days, which are in order. Those that
// cannot be read and are to be asked for again are open.
func (a *account) have(api API, days []wxclient.Day) (map[wxclient.Day]store.Day, error) {
	if len(days) == 0 {
		return nil, nil
	}
	kept, err := a.store.Days(a.ID, api.Name, days[0].String(), days[len(days)-1].String())
	if err != nil {
		return nil, err
	}
	have := make(map[wxclient.Day]store.Day, len(kept))
	for _, k := range kept {
		if d, err := wxclient.ParseDay(k.Date); err == nil {
			have[d] = k
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := a.apis[api.Name]; s != nil { // not while it is restored
		s.reopen(have)
	}
	return have, nil
}

// span returns the first and the last day of a request.
func span(r wxclient.Request) []wxclient.Day { return []wxclient.Day{r.Begin, r.End} }

// summary returns what the plan needs to know of records and of when they were
// first asked for.
func summary(have map[wxclient.Day]store.Day, first map[wxclient.Day]time.Time) map[wxclient.Day]stored {
	days := make(map[wxclient.Day]stored, len(have))
	for d, r := range have {
		days[d] = stored{fetched: r.Fetched, first: first[d], open: r.Open, rows: r.HasRows()}
	}
	return days
}

// openDays counts the days that were asked for and are not there yet, and
// finds the newest one with rows; 0 when there is none.
func openDays(have map[wxclient.Day]store.Day) (open int, newest wxclient.Day) {
	for d, r := range have {
		if r.Open {
			open++
		}
		if r.HasRows() {
			newest = max(newest, d)
		}
	}
	return open, newest
}

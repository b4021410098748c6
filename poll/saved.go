package poll

import (
	"encoding/json"
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// The names of an account's values in the store: what sees to it that a restart
// repeats no call of the same day.
const (
	statesName = "states"
	quotasName = "quotas"
)

// savedStates is the value "states".
type savedStates struct {
	APIs  map[string]savedCondition `json:"apis"`
	Polls map[string]savedPoll      `json:"polls"` // by family
}

// savedPoll is how the last poll of a family went.
type savedPoll struct {
	Success     bool          `json:"success"`
	Duration    time.Duration `json:"duration"`
	LastSuccess time.Time     `json:"last_success"` // zero when there was none
}

// savedCondition is a condition as the store keeps it. Without a code there is no
// error that survives a restart.
type savedCondition struct {
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

// saved is the part of a condition that survives a restart.
func (c condition) saved() savedCondition {
	s := savedCondition{Day: c.day, Calls: c.calls}
	if c.err != nil && policies[c.err.Action].survives {
		s.Code, s.Message, s.Advice, s.Action = c.err.Code, c.err.Message, c.err.Advice, c.err.Action
		s.Since, s.Asked, s.RetryAt, s.Failures = c.since, c.asked, c.retryAt, c.failures
	}
	return s
}

// restored is the condition of an API at a start at now.
func (s savedCondition) restored(api string, now time.Time) condition {
	c := condition{next: now, day: s.Day, calls: s.Calls}
	if s.Code != "" && s.RetryAt.After(now) && !s.Asked.After(now) {
		c.err = &wxclient.Error{API: api, Code: s.Code, Message: s.Message, Advice: s.Advice, Action: s.Action}
		c.since, c.asked, c.retryAt, c.next, c.failures = s.Since, s.Asked, s.RetryAt, s.RetryAt, s.Failures
	}
	return c
}

// save stores what survives a restart.
func (a *account) save() {
	a.countCalls(a.now())
	s := savedStates{APIs: map[string]savedCondition{}, Polls: map[string]savedPoll{}}
	for _, api := range a.apis {
		s.APIs[api.Name] = api.saved()
	}
	for _, f := range a.families {
		if p := f.last; p.Polled {
			s.Polls[f.Name] = savedPoll{p.Success, p.Duration, p.LastSuccess}
		}
	}
	a.put(statesName, s)
}

// restore reads what the store knows of the account beside its days, and whether
// there are any. The days themselves are read for the pages, and for the plan.
func (a *account) restore() {
	now := a.now()
	var s savedStates
	a.get(statesName, &s)
	a.get(quotasName, &a.quotas)
	for _, f := range a.families {
		if p, ok := s.Polls[f.Name]; ok {
			f.last = FamilyStatus{f.Name, true, p.Success, p.Duration, p.LastSuccess}
		}
	}
	for _, api := range a.apis {
		api.condition = s.APIs[api.Name].restored(api.Name, now)
		if api.err != nil {
			a.note(api.Name, api.err.Code)
		}
		if a.hasData {
			continue
		}
		known, err := a.known(*api.API, days(*api.API, a.Window, a.Schedule.newest(now)))
		if err != nil {
			level.Error(a.logger).Log("msg", "cannot read the store", "api", api.Name, "err", err)
		}
		_, newest := openDays(known)
		a.hasData = newest != 0
	}
	a.takeSnapshot()
}

// put stores a value of the account.
func (a *account) put(name string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		level.Error(a.logger).Log("msg", "cannot store what the account knows", "name", name, "err", err)
		return
	}
	a.store.PutState(a.ID, name, text)
}

// get reads a value of the account; without one, to stays as it is.
func (a *account) get(name string, to any) {
	text, err := a.store.State(a.ID, name)
	if err == nil && text != nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		level.Warn(a.logger).Log("msg", "cannot read what the account knew", "name", name, "err", err)
	}
}

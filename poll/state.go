package poll

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// stateName is the name of an account's state in the store.
const stateName = "poll"

// saveEvery is the least time between two writes of a changed state, other than at
// the end of a poll.
const saveEvery = 3 * time.Second

// state is everything about an account but its days. It is stored, and shown on the
// pages of every replica. It does not change once it is made.
type state struct {
	APIs     map[string]plan.APIState `json:"apis"`
	Families map[string]FamilyStatus  `json:"families"` // how the last polls went
	Refused  plan.AuthFailure         `json:"refused"`
	Quotas   plan.Quotas              `json:"quotas"`
	Polled   bool                     `json:"polled"`   // a poll has ended
	HasData  bool                     `json:"has_data"` // the store or WeChat had rows
	Up       bool                     `json:"up"`       // as wx_up
	Expiry   time.Time                `json:"expiry,omitzero"`
}

// observe counts an exchange; it is wxclient.Options.Observe. The loop adds calls of
// a data API to those of the day, also those that were interrupted: WeChat may have
// counted them.
func (a *Account) observe(x wxclient.Exchange) {
	if x.Code != "" {
		a.observed.WithLabelValues(x.API).Observe(x.Duration.Seconds())
		a.counters.exchanged(x)
	}
	if all := a.calls[x.API]; x.Question < len(all) {
		all[x.Question].Add(1)
	}
}

// gotToken counts a token; it is wxclient.Options.OnToken.
func (a *Account) gotToken(t wxclient.Token) {
	a.counters.refreshes.Inc()
	a.expiry.Store(&t.Expiry)
}

// countCalls adds the calls since the last time to those of the day.
func (a *Account) countCalls(now time.Time) {
	for _, api := range a.apis {
		all := a.calls[api.Name]
		calls, some := make([]int, len(all)), false
		for i := range all {
			calls[i] = int(all[i].Swap(0))
			some = some || calls[i] > 0
		}
		if some {
			api.APIState = api.CalledEach(calls, now)
		}
	}
}

// takeSnapshot makes the state that others see. Only the account's loop and restore
// call it. Families that have changed are reported first: whoever sees the state
// has heard of them.
func (a *Account) takeSnapshot() {
	var stored []string
	for name := range a.changed {
		if name != collector.Exporter {
			stored = append(stored, name)
			delete(a.changed, name)
		}
	}
	if len(stored) > 0 {
		a.pages.Changed(a.Name, stored...)
	}
	s := &state{
		APIs: make(map[string]plan.APIState, len(a.apis)), Families: make(map[string]FamilyStatus, len(a.families)),
		Refused: a.refused, Quotas: a.quotas, Polled: a.polled, HasData: a.hasData, Up: a.up,
	}
	if expiry := a.expiry.Load(); expiry != nil {
		s.Expiry = *expiry
	}
	for _, api := range a.apis {
		s.APIs[api.Name] = api.APIState
	}
	for _, f := range a.families {
		s.Families[f.Name] = f.last
	}
	a.snapshot.Store(s)
}

// publish makes the account's state visible, and reports to the pages what changed.
func (a *Account) publish() {
	a.takeSnapshot()
	if a.changed[collector.Exporter] {
		a.pages.Changed(a.Name, collector.Exporter, collector.Own)
		delete(a.changed, collector.Exporter)
	}
}

// save stores the state.
func (a *Account) save() {
	a.countCalls(a.now())
	a.takeSnapshot()
	s := *a.snapshot.Load()
	s.APIs = maps.Clone(s.APIs)
	maps.Copy(s.APIs, a.unpolled)
	text, err := json.Marshal(s)
	if err != nil {
		level.Error(a.logger).Log("msg", "cannot store the account's state", "err", err)
		return
	}
	a.store.PutState(a.ID, stateName, text)
	a.saved, a.unsaved = a.now(), false
}

// saveSoon stores a changed state, but not at each change.
func (a *Account) saveSoon() {
	if a.unsaved && !a.now().Before(a.saved.Add(saveEvery)) {
		a.save()
	}
}

// storedState reads the state from the store; it is empty when there is none.
func (a *Account) storedState() (s state) {
	text, err := a.store.State(a.ID, stateName)
	if err == nil && text != nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		store.Severity(a.logger, err).Log("msg", "cannot read the account's state", "err", err)
	}
	return s
}

// ShowStored shows what another replica has stored of the account.
func (a *Account) ShowStored() {
	s := a.storedState()
	a.snapshot.Store(&s)
}

// Restore reads the account's state from the store: how the last poll went, whichever
// process it was of.
func (a *Account) Restore() {
	now, s := a.now(), a.storedState()
	a.quotas, a.polled, a.up = s.Quotas, s.Polled, s.Up
	if !s.Expiry.IsZero() {
		a.expiry.Store(&s.Expiry)
	}
	for _, f := range a.families {
		if last, ok := s.Families[f.Name]; ok {
			f.last = last
		}
	}
	a.unpolled = s.APIs
	for _, api := range a.apis {
		api.APIState = s.APIs[api.Name].Restored(now)
		delete(a.unpolled, api.Name)
		if api.Err != nil {
			a.recordFailure(api.Name, api.Err.Code)
		}
		if a.hasData {
			continue
		}
		window := plan.Days(*api.API, a.Window, a.Schedule.Of(*api.API).Newest(now))
		if len(window) == 0 {
			continue
		}
		known, err := a.known(*api.API, window[0], window[len(window)-1])
		if err != nil {
			store.Severity(a.logger, err).Log("msg", "cannot read the store", "api", api.Name, "err", err)
		}
		a.hasData = plan.Newest(known, window) != 0
	}
	a.takeSnapshot()
}

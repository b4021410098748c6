package wxtest

import (
	"net/http"
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

// Groups of endpoints, for Match and Count.
const (
	Statistics = "statistics" // the statistics APIs, those of mini programs and of revenue too
	Tokens     = "tokens"     // the three token endpoints
)

// Match says which calls a fault is for. An empty field matches all.
type Match struct {
	AppID string
	API   string    // an API or endpoint as in Call.API, or Statistics or Tokens
	From  time.Time // calls at or after it
	Until time.Time // calls before it
	Times int       // only so many calls; 0 = no limit
}

func covers(pattern, api string) bool {
	switch pattern {
	case "", api:
		return true
	case Statistics:
		return apiOf(api) != nil
	case Tokens:
		return api == StableToken || api == ClassicToken || api == AuthorizerToken
	}
	return false
}

func (m Match) covers(now time.Time, appID, api string) bool {
	return (m.AppID == "" || m.AppID == appID) && covers(m.API, api) &&
		!now.Before(m.From) && (m.Until.IsZero() || now.Before(m.Until))
}

// Behaviour is a way to misbehave. The behaviours are functions of this
// package, such as [Late] and [Reset]; [Together] joins several.
type Behaviour struct {
	late   func(calendar.Day) time.Duration                // how much later a day is computed
	answer func(*WeChat, *exchange) reply                  // before any check; a reply without a status goes on
	change func(*list, ask)                                // what a statistics API answers, dates and all else being right
	send   func(http.ResponseWriter, *http.Request, reply) // instead of sending the reply
}

// ask is what a request of a statistics API asked for.
type ask struct {
	api        *api
	account    *account
	begin, end calendar.Day
}

type fault struct {
	match     Match
	behaviour Behaviour
	calls     int
}

// Fault makes WeChat misbehave on the calls that match. Where several faults
// match, the one that was added first counts; a later one takes over when its
// Times are used up or it is removed. The function that Fault returns removes
// it.
func (w *WeChat) Fault(m Match, b Behaviour) (remove func()) {
	f := &fault{match: m, behaviour: b}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, f)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.faults = slices.DeleteFunc(w.faults, func(g *fault) bool { return g == f })
	}
}

// behaviour returns how to treat a call, and counts it.
func (w *WeChat) behaviour(now time.Time, appID, api string) Behaviour {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults {
		if f.match.covers(now, appID, api) && (f.match.Times == 0 || f.calls < f.match.Times) {
			f.calls++
			return f.behaviour
		}
	}
	return Behaviour{}
}

// Together joins behaviours: each day is late by the sum of what they say, all
// change the answer, the first that answers or sends does so.
func Together(all ...Behaviour) Behaviour {
	var out Behaviour
	for _, b := range all {
		out = out.and(b)
	}
	return out
}

func (b Behaviour) and(c Behaviour) Behaviour {
	if late := b.late; late == nil {
		b.late = c.late
	} else if c.late != nil {
		b.late = func(d calendar.Day) time.Duration { return late(d) + c.late(d) }
	}
	if answer := b.answer; answer == nil {
		b.answer = c.answer
	} else if c.answer != nil {
		b.answer = func(w *WeChat, x *exchange) reply {
			if rep := answer(w, x); rep.status != 0 {
				return rep
			}
			return c.answer(w, x)
		}
	}
	if change := b.change; change == nil {
		b.change = c.change
	} else if c.change != nil {
		b.change = func(l *list, q ask) {
			change(l, q)
			c.change(l, q)
		}
	}
	if b.send == nil {
		b.send = c.send
	}
	return b
}

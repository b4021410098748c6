package simulation

import (
	"strings"
	"time"
)

// patience is how long a request to a receiver may be under way, or wait for its turn, when
// nothing is in its way.
const patience = 2 * time.Minute

// mayTell checks that a process may send the history of an account: it polls it, or did
// just now. The contract: "each account is polled by one of them"; its days are sent by that
// one. What a receiver or the database held up may come hours later.
func (w *world) mayTell(p *process, receiver string, account int) {
	if w.script.Replicas <= 1 || account < 0 || w.wasSwapped {
		return
	}
	held := w.meeting.lastHeld(p.name(), appID(account))
	heldUp := time.Since(w.receivers.failed[receiver]) < 2*time.Hour || time.Since(p.cut) < 2*time.Hour
	if time.Since(held) > patience && !heldUp {
		w.breaks(4, "%s sends receiver %s the history of account %d, which it has not polled since %s", p.name(), receiver, account, stamp(held))
	}
}

// mayBeTold checks that a sample is of a day of which WeChat has said something, and of
// which it may have said everything. The contract: "A day is sent when WeChat has computed
// it".
func (w *world) mayBeTold(receiver, metric string, account int, at time.Time) {
	d, ok := byMetric["wx_"+strings.TrimPrefix(metric, "wx_history_")]
	if !ok || account < 0 || w.wasSwapped || d.form != plain || d.grows > 0 || d.kind != daily && d.kind != hourly {
		return
	}
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	date := at.In(beijing).Format(time.DateOnly)
	switch k := w.model.places[place{account, d.name, date}]; {
	case k == nil || len(k.said) == 0:
		w.breaks(4, "receiver %s is sent %s of account %d on %s, of which WeChat said nothing", receiver, metric, account, date)
	case !k.computed:
		w.breaks(4, "receiver %s is sent %s of account %d on %s, which WeChat was still computing", receiver, metric, account, date)
	}
}

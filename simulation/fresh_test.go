package simulation

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

func containsAll(text string, words ...string) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}

// isNoPublisher reports whether WeChat says of an account that it shows no ads.
func (w *world) isNoPublisher(account int, api string) bool {
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	return w.model.parks[place{account: account, api: api}].code == 2009 || !w.applied.Accounts[account].Publisher
}

// truth is what WeChat has of a day at this moment, in the way in which it answers.
func (w *world) truth(account int, d *document, day time.Time) version {
	date := day.Format(time.DateOnly)
	parsed, err := calendar.ParseDay(date)
	if err != nil {
		return nil
	}
	var bodies [][]byte
	for _, raw := range w.wechat.Rows(appID(account), d.name, parsed) {
		if body := []byte(raw); d.rows != theAnswer {
			body, _ = json.Marshal(d.put(map[string]any{}, []map[string]any{object(raw)}))
			bodies = append(bodies, body)
		} else {
			bodies = append(bodies, body)
		}
	}
	r, _ := d.read(bodies, date, date)
	return r.days[date]
}

func object(raw []byte) (o map[string]any) {
	_ = json.Unmarshal(raw, &o)
	return o
}

// upToDate checks what must be known of an API when newest is the newest day that must be
// there: of a wide span the corrections, of what grows all of it, of settlements how far
// they are, of periods the newest one.
func (w *world) upToDate(account int, d *document, newest time.Time) {
	settledTime := time.Since(startOfDay(time.Now())) < 8*time.Hour || !newest.Before(startOfDay(time.Now()).AddDate(0, 0, -1))
	if d.form == plain || !settledTime || w.script.settlesAtOnce() { // else WeChat has said more since
		return
	}
	today := startOfDay(time.Now())
	if w.restsAt(account, d.name, today) && (d.later != nil || !w.inWindow(d, newest, today)) {
		return // what has grown meanwhile waits for yesterday, and what the window lost nobody could ask for
	}
	if n := w.applied.Config.NotBefore; d.newest == 6 && n >= 0 && n < d.hour {
		return // they are asked for once a day, and poll.not_before has it before WeChat computes
	}
	from := newest
	switch {
	case d.fresh > 0:
		from = newest.AddDate(0, 0, 1-min(d.fresh, w.applied.Config.length(d)))
	case d.newest == 6:
		from = d.step(d.begun(newest.AddDate(0, 0, 1)), -6)
	case d.later != nil:
		from = d.step(d.begun(newest), -slices.Max(d.later))
	}
	last := d.step(d.begun(newest.AddDate(0, 0, 1)), -1) // the newest period that is over
	if from.After(last) {
		from = last
	}
	for day := from; !day.After(newest); day = day.AddDate(0, 0, 1) {
		if !d.begins(day) || d.ends(day).After(newest) || day.Before(w.oldest(today)) {
			continue
		}
		p := place{account, d.name, day.Format(time.DateOnly)}
		if outside := d.ends(day).Before(newest.AddDate(0, 0, 1-w.applied.Config.length(d))); d.later != nil && outside && !w.hasRows(p) {
			continue // it grows only where it is known, also outside the window
		}
		w.isSaid(p, d, w.truth(account, d, day), newest)
	}
}

// hasRows reports whether something was said of a place that is stored for sure.
func (w *world) hasRows(p place) bool {
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	k := w.model.places[p]
	return k != nil && !k.mayBeNothing()
}

// settlesAtOnce reports whether a day that is not there yet is final, at some time.
func (s Script) settlesAtOnce() bool {
	return s.Config.Settle == 0 || slices.ContainsFunc(s.Events, func(e Event) bool { return e.Kind == "schedule" && e.N%5 == 0 })
}

// growsNoMore reports whether an answer is not asked for again yet that should have grown:
// it was waited for, or it was asked for on the day of its growth, and is asked for again
// when the next day is there; or poll.not_before is before that time only since then.
func (w *world) growsNoMore(k *known, d *document, date string, newest time.Time) bool {
	day, _ := time.ParseInLocation(time.DateOnly, date, beijing)
	_, last := d.grown(day, newest)
	asked := !k.answered.Before(last.AddDate(0, 0, 1).Add(w.applied.Config.notBefore(d)))
	return asked && (k.answered.Before(w.rescheduled) || time.Since(k.answered) < 39*time.Hour) || !k.givenUp.IsZero() && !last.After(k.givenUp)
}

// isSaid checks that the newest answer about a place told what WeChat has of it now.
func (w *world) isSaid(p place, d *document, want version, newest time.Time) {
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	k := w.model.places[p]
	if k != nil && (k.settled || d.later != nil && w.growsNoMore(k, d, p.date, newest)) {
		return
	}
	for key, cells := range want {
		for metric, c := range cells {
			var is cell
			if k != nil && len(k.versions) > 0 {
				is = k.versions[len(k.versions)-1][key][metric]
			}
			switch {
			case len(is.values) == 0 && k != nil && k.partly: // a field that cannot be read is missing, and is not asked for again
			case len(is.values) == 0:
				w.breaks(8, "%s of account %d: of %s WeChat has %s of {%s}, which was not asked for", p.api, p.account, p.date, metric, key)
				return
			case (d.fresh > 0 || metric == "wx_revenue_settlement_status") && !slices.Contains(is.values, c.values[0]):
				w.breaks(8, "%s of account %d: of %s WeChat has %s of {%s} as %v, and %v was not corrected", p.api, p.account, p.date, metric, key, c.values, is.values)
				return
			}
		}
	}
}

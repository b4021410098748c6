package simulation

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// oldestAsked is the first day that may be asked for. A request may have been decided
// some minutes ago, and before the day's start the window begins a day earlier.
func (m *model) oldestAsked(d *document, now time.Time) time.Time {
	now = now.Add(-20 * time.Minute) // ten of them are those over which accounts begin their day
	today, days := startOfDay(now), m.applied.Config.length(d)
	if now.Before(today.Add(m.applied.Config.notBefore(d))) {
		days++
	}
	return m.oldestOf(today, today.AddDate(0, 0, -days))
}

// oldestOf is the earlier one of a day and of the first that the history has.
func (w *world) oldestOf(today, first time.Time) time.Time {
	if since := w.since(today); !since.IsZero() && since.Before(first) {
		return since
	}
	return first
}

// since is the first day of the history that the store keeps; zero if none is fetched.
func (w *world) since(today time.Time) time.Time {
	c := w.applied.Config
	if c.Since == 0 {
		return time.Time{}
	}
	first := startOfDay(w.begin.AddDate(0, 0, -c.Since))
	if oldest := w.oldest(today); oldest.After(first) {
		return oldest
	}
	return first
}

// fills counts requests for days before the window. Attempts of one count once.
func (m *model) fills(d *document, c call, again bool) string {
	end, err := time.ParseInLocation(time.DateOnly, c.end, beijing)
	now := startOfDay(c.clock)
	if err != nil || d.form != plain && d.form != seconds || d.kind == weekly || d.kind == monthly || again || !end.Before(now.AddDate(0, 0, -m.applied.Config.length(d)-1)) {
		return ""
	}
	p := place{c.account, c.api, now.Format(time.DateOnly)}
	m.filled[p]++
	most := m.applied.Config.fill()
	if d.form == seconds { // a day has three questions, and one day is asked for at least
		most = max(most, 3)
	}
	if m.filled[p] > most && !m.odd[p.date] {
		return fmt.Sprintf("that is the %dth request for older days on %s, of %d", m.filled[p], p.date, most)
	}
	return ""
}

// unfilled forgets these requests, as the exporter may have to.
func (m *model) unfilled() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.filled)
}

// isConfigured checks that a page shows what is configured, with its labels.
func (w *world) isConfigured(page series) {
	for name, samples := range page {
		d, ok := byMetric["wx_"+strings.TrimPrefix(strings.TrimPrefix(name, "wx_"), "latest_")]
		for _, s := range samples {
			i := slices.Index(w.names, s.labels["account"])
			if !ok && name != "wx_up" || i < 0 {
				continue
			}
			if ok && w.present[i] && !w.polls(i, d.document) {
				w.breaks(2, "%s of account %d is there, which does not poll %s", name, i, d.name)
				return
			}
			if s.labels["team"] != w.labels[i] {
				w.breaks(2, "%s has the label %q, want %q", s.text, s.labels["team"], w.labels[i])
				return
			}
		}
	}
}

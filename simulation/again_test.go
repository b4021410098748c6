package simulation

import (
	"slices"
	"time"
)

// mostAttempts is how many calls a request may take: three, and three more with
// another token.
const mostAttempts = 6

// tries are calls that follow each other as the attempts of one request do.
type tries struct {
	last call
	n    int
}

// again checks what follows from the calls before this one: a request ends, and a
// token that WeChat has refused, or that has ended, is not used any more. It returns which
// attempt this is.
func (m *model) again(c call) (attempt int) {
	p := place{account: c.account, api: c.api}
	t := m.tries[p]
	same := t.last.process == c.process && t.last.reloads == c.reloads && t.last.begin == c.begin && t.last.end == c.end && t.last.question == c.question && t.last.page == c.page
	if !same || c.at.Sub(t.last.at) > time.Minute || !m.clockRightSince(c.at.Add(-2*time.Minute)) {
		t.n = 0
	}
	m.tries[p] = tries{c, t.n + 1}
	if t.n+1 > mostAttempts {
		m.breaks(4, "%s of account %d is asked for %s to %s: the %dth attempt", c.api, c.account, c.begin, c.end, t.n+1)
	}
	// Attempts of other requests, which began before, may take a minute more.
	if at, refused := m.refused[c.process][c.token]; refused && c.at.Sub(at) > time.Minute {
		m.breaks(4, "%s of account %d is called with a token that WeChat refused at %s", c.api, c.account, stamp(at))
	}
	if h := m.holdings[holder{c.process, c.account}]; h.token == c.token && c.at.After(h.ends.Add(time.Minute)) && m.clockRightSince(h.at) {
		m.breaks(4, "%s of account %d is called with a token that ended at %s", c.api, c.account, stamp(h.ends))
	}
	return t.n + 1
}

// refuses notes that WeChat itself refuses a token.
func (m *model) refuses(c call, a *answer) {
	if a == nil || !slices.Contains([]int{40001, 40014, 42001}, code(a.body)) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refused[c.process] == nil {
		m.refused[c.process] = map[string]time.Time{}
	}
	if _, again := m.refused[c.process][c.token]; !again {
		m.refused[c.process][c.token] = time.Now()
	}
}

// unreadable checks that an answer of which nothing can be read is a failure, while
// its days are asked for again.
func (w *world) unreadable(page series) {
	if w.script.Replicas > 1 {
		return // others may show it later
	}
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	now := w.clock()
	today := startOfDay(now)
	for _, p := range sortedPlaces(w.model.unread) {
		c := w.model.unread[p]
		d := documentOf(p.api)
		day, _ := time.ParseInLocation(time.DateOnly, c.end, beijing)
		awaited := w.inWindow(d, day, today) && int(today.Sub(d.ends(day))/(24*time.Hour)) <= w.applied.Config.Settle
		if c.process != w.process || c.reloads != w.process.reloads.Load() || !awaited || !w.clockRightSince(c.at) {
			continue
		}
		for _, s := range page["wx_api_state"] {
			if s.labels["account"] == w.names[p.account] && s.labels["api"] == p.api && s.labels["state"] == "failing" && s.value != 1 {
				w.breaks(5, "nothing could be read of the last answer of %s of account %d, to %s at %s, and it is not failing", p.api, p.account, c.end, stamp(c.at))
			}
		}
	}
}

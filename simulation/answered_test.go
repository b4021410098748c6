package simulation

import (
	"net/http"
	"slices"
	"time"
)

// answered notes the end of a call.
func (w *world) answered(c call, a *answer, err error) {
	c.tell(a, err)
	m := w.model
	m.mu.Lock()
	defer m.mu.Unlock()
	m.credentialsAnswered(c, a)
	if a != nil && !c.process.dead.Load() {
		m.tokenAnswered(c, a)
	}
	d := documentOf(c.api)
	if c.process.dead.Load() || d == nil || c.account < 0 || err != nil || a.status != http.StatusOK {
		return
	}
	m.parked(c, a)
	delete(m.unread, place{account: c.account, api: c.api})
	if slices.Contains([]int{47009, 48001, 50002, 61503, 2009}, code(a.body)) { // no failures
		m.success[place{account: c.account, api: c.api}] = time.Now()
	}
	w.ambushed()
	if a.foul || code(a.body) != 0 && code(a.body) != 61503 {
		return
	}
	bodies, c, whole := m.assembled(d, c, a.body)
	if !whole {
		return
	}
	r, ok := d.read(bodies, c.begin, c.end)
	if !ok {
		return
	}
	s := saying{call: c, document: d, reading: r,
		notReady: len(r.days) == 0 && slices.ContainsFunc(bodies, func(body []byte) bool { return code(body) == 61503 }),
		lost:     c.process.reloads.Load() != c.reloads || !w.holds(c.process, c.account) || c.process.away(),
		right:    c.process.clockRight() && c.at.Sub(m.setAt) > 2*time.Minute,
	}
	if s.notReady && d.form == plain {
		return
	}
	m.success[place{account: c.account, api: c.api}] = time.Now()
	if r.nothing && !s.lost && s.right {
		m.unread[place{account: c.account, api: c.api}] = c
	}
	m.refuseDates(c, false)
	begin, _ := time.ParseInLocation(time.DateOnly, c.begin, beijing)
	for day := begin; day.Format(time.DateOnly) <= c.end; day = day.AddDate(0, 0, 1) {
		if d.begins(day) || d.form == plain {
			m.takesIn(s, day)
		}
	}
}

// saying is an answer that could be read, or some of it.
type saying struct {
	call
	*document
	reading
	notReady bool
	lost     bool // it may be dropped, as it was under way, or end with the process, which cannot store it
	right    bool // no wrong clock decided what comes of it
}

// takesIn notes what an answer says of a day.
func (m *model) takesIn(s saying, day time.Time) {
	date := day.Format(time.DateOnly)
	k, now, old := m.of(s.account, s.api, date), s.days[date], version{}
	if len(k.versions) > 0 {
		old = k.versions[len(k.versions)-1]
	}
	if now != nil {
		m.adds(k, s, date, old)
	}
	settled := m.isSettled(s.document, day, s.clock) && !s.notReady
	if k.unread && !s.isGarbled(date) {
		k.mended = time.Now()
	}
	k.unread = s.isGarbled(date)
	k.partly, k.givenUp = now != nil && s.isGarbled(date), s.givenUp(day, s.clock, m.applied.Config.Settle)
	k.lacking = s.lacks(date) && !settled && !s.lost && s.right
	open := (s.delayed || k.lacking) && !settled && !s.lost && s.right
	k.computed = k.computed || now != nil && !open || now == nil && settled
	if s.lost || !s.right || s.isGarbled(date) {
		k.asked, k.final = time.Time{}, false
		// An old day that may only have had rows without a readable day is empty, and what a
		// wrong clock decided as the right one would have is not decided anew.
		empty := now == nil && k.mayBeNothing() && !s.nothing && !s.reading.lost[date]
		k.settled = k.settled || !s.lost && empty && settled && (s.right || m.isSettled(s.document, day, s.at))
		if k.mistaken = (time.Time{}); !s.lost && empty && settled && !k.settled {
			k.mistaken = s.clock
		}
		return
	}
	k.asked, k.answered = s.clock, time.Now()
	k.settled = now == nil && settled && k.mayBeNothing()
	k.final = now != nil && !s.delayed || now == nil && (settled || k.final && len(old) > 0) && !s.notReady
}

// adds adds what is said of a day to what may be stored of it, and to all that was said.
func (m *model) adds(k *known, s saying, date string, old version) {
	now := s.days[date]
	v := now
	if s.lost || s.isGarbled(date) {
		v = s.softly(old, now, len(k.versions) <= 1 && !s.lost, s.lacks(date))
	}
	if len(k.versions) == 0 && m.script.Replicas > 1 { // others hear of it later
		k.versions, k.at = append(k.versions, version{}), append(k.at, time.Time{})
	}
	if s.lost {
		k.versions, k.at = append(k.versions, old), append(k.at, time.Now())
	}
	k.versions, k.at = append(k.versions, v), append(k.at, time.Now())
	for key, cells := range now {
		if k.said[key] == nil {
			k.said[key] = map[string]cell{}
		}
		for field, one := range cells {
			all := k.said[key][field]
			all.values = append(all.values, one.values...)
			k.said[key][field] = all
		}
	}
}

// isSettled reports whether an empty day is final at a time.
func (m *model) isSettled(d *document, day, at time.Time) bool {
	return int(at.In(beijing).Sub(d.ends(day))/(24*time.Hour)) > m.applied.Config.Settle && !d.daily
}

// ambushed counts an answer for a kill that waits for it.
func (w *world) ambushed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.trap != nil {
		w.trap.answers--
	}
}

// refuseDates notes whether WeChat refused the dates of a call. Such a request is never
// repeated unchanged, so its days may stay away.
func (m *model) refuseDates(c call, refused bool) {
	begin, _ := time.ParseInLocation(time.DateOnly, c.begin, beijing)
	for day := begin; day.Format(time.DateOnly) <= c.end; day = day.AddDate(0, 0, 1) {
		m.of(c.account, c.api, day.Format(time.DateOnly)).refused = refused
	}
}

// parked notes answers after which an API rests.
func (m *model) parked(c call, a *answer) {
	n := code(a.body)
	delete(m.badDates, place{account: c.account, api: c.api})
	m.codes[place{account: c.account, api: c.api}] = n
	if n == 61500 || n == 61501 || n == 1701 || n == 40097 {
		// It may have been yesterday when it was asked first.
		again := documentOf(c.api).yesterday && m.tries[place{account: c.account, api: c.api}].n > 1
		if !a.foul && !again && m.clockRightSince(c.at.Add(-time.Minute)) {
			m.breaks(4, "WeChat refuses the dates %s to %s of %s", c.begin, c.end, c.api)
		}
		m.badDates[place{account: c.account, api: c.api}] = true
		m.refuseDates(c, true)
		return
	}
	now := time.Now()
	until := map[int]time.Time{
		2009:  now.Add(7*24*time.Hour - time.Minute),
		45009: startOfDay(now).AddDate(0, 0, 1), 47009: now.Add(7*24*time.Hour - time.Minute), 48001: now.Add(24*time.Hour - time.Minute), 50002: now.Add(24*time.Hour - time.Minute),
	}[n]
	if k := (place{account: c.account, api: c.api}); until.After(m.rests[k]) {
		m.rests[k] = until
	}
	if !until.IsZero() && c.process.reloads.Load() == c.reloads && !c.process.away() { // else the others cannot know
		m.parks[place{account: c.account, api: c.api}] = park{now, until, n}
	}
}

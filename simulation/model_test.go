package simulation

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// place is a day of an API of an account.
type place struct {
	account   int
	api, date string
}

// known is what has been said of a place.
type known struct {
	versions []version // what may be stored: the last one is if nothing was lost
	at       []time.Time
	doubts   time.Time // what was said from then
	doubtful time.Time // until then may have been lost with a process
	said     version   // everything that was ever said, for the values
	asked    time.Time // by the process' clock; zero: not in a way that counts
	answered time.Time // when that was answered
	final    bool
	settled  bool      // it is final because it was empty for long
	partly   bool      // something of the newest answer could not be read
	refused  bool      // WeChat refused the dates of the last request for it
	computed bool      // WeChat may have said everything of it, at some time
	lacking  bool      // of its last answer rows could not be read, so it is to be asked for again
	givenUp  time.Time // the day up to which its last answer should have grown, if that is not waited for any more
}

// park is a time until which an API must not be called.
type park struct {
	from, until time.Time
	code        int
}

// model is what the world knows of the traffic, and the rules about calls.
type model struct {
	*world
	mu      sync.Mutex
	places  map[place]*known
	counts  map[place]int // calls of a true day
	parks   map[place]park
	rests   map[place]time.Time        // until when an API may rest, at the longest
	calls   map[*process]map[place]int // by account and API
	success map[place]time.Time        // the last answer in order
	last    map[place]call             // for messages
	total   int
	odd     map[string]bool // true days on which a clock was wrong
	tries   map[place]tries
	unread  map[place]call                    // the last call, if nothing of its answer could be read
	refused map[*process]map[string]time.Time // when WeChat refused a token

	codes    map[place]int   // of the last answers, by account and API
	badDates map[place]bool  // by account and API: WeChat refused the dates of the last call
	halves   map[place]*half // answers of which bodies are to come

	filled   map[place]int      // requests for older days, by the day on which they are made
	holdings map[holder]holding // tokens
	refusals map[holder]refusal // of the last calls for tokens
	denials  map[holder]refusal // of the last other calls
}

func newModel(w *world) *model {
	return &model{world: w, places: map[place]*known{}, counts: map[place]int{}, parks: map[place]park{}, rests: map[place]time.Time{}, calls: map[*process]map[place]int{}, success: map[place]time.Time{}, odd: map[string]bool{}, tries: map[place]tries{}, unread: map[place]call{}, refused: map[*process]map[string]time.Time{}, codes: map[place]int{}, badDates: map[place]bool{}, halves: map[place]*half{}, filled: map[place]int{}, holdings: map[holder]holding{}, refusals: map[holder]refusal{}, denials: map[holder]refusal{}}
}

func (m *model) of(account int, api, date string) *known {
	p := place{account, api, date}
	if m.places[p] == nil {
		m.places[p] = &known{said: version{}}
	}
	return m.places[p]
}

// called notes a call when it is made, and checks whether it may be.
func (w *world) called(c call) {
	m := w.model
	m.mu.Lock()
	defer m.mu.Unlock()
	m.total++
	if m.calls[c.process] == nil {
		m.calls[c.process] = map[place]int{}
	}
	m.calls[c.process][place{account: c.account, api: c.api}]++
	if slices.Contains(tokenCalls, c.api) {
		m.tokens(c)
	}
	d := documentOf(c.api)
	if d == nil || c.account < 0 {
		return
	}
	attempt := m.again(c)
	m.triesAgain(c, attempt)
	today := c.at.In(beijing).Format(time.DateOnly)
	if !c.process.clockRight() {
		m.odd[today] = true
	}
	count := place{c.account, c.api + c.question, today}
	m.counts[count]++
	if n := m.counts[count]; n > 60 && !m.odd[today] {
		w.breaks(4, "%s is called for the %dth time on %s", c.api, n, today)
	}
	if off := c.clock.Sub(c.at).Abs(); w.script.Replicas > 1 && off > 10*time.Minute && time.Since(m.setAt) > 30*time.Second {
		w.breaks(4, "%s calls %s of account %d although its clock is off by %v", c.process.name(), c.api, c.account, off)
	}
	if !w.holds(c.process, c.account) {
		w.breaks(4, "%s calls %s of account %d without its lease", c.process.name(), c.api, c.account)
	}
	if !w.polls(c.account, d) && time.Since(c.process.loaded) > time.Minute {
		w.breaks(4, "%s of account %d is called, which is not to be polled", c.api, c.account)
	}
	if err := cmp.Or(m.forbidden(d, c), m.fills(d, c, attempt > 1)); err != "" {
		w.breaks(4, "%s of account %d is asked for %s to %s: %s", c.api, c.account, c.begin, c.end, err)
	}
}

// forbidden says why a call must not be made.
func (m *model) forbidden(d *document, c call) string {
	if p := m.parks[place{account: c.account, api: c.api}]; c.at.Before(p.until) && m.clockRightSince(p.from.Add(-2*time.Minute)) { // or another clock decided
		return fmt.Sprintf("WeChat answered %d at %s", p.code, stamp(p.from))
	}
	now := c.clock.In(beijing)
	begin, err1 := time.ParseInLocation(time.DateOnly, c.begin, beijing)
	end, err2 := time.ParseInLocation(time.DateOnly, c.end, beijing)
	if err1 != nil || err2 != nil || begin.After(end) {
		return "these are no dates"
	}
	cfg := m.applied.Config
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, beijing)
	newest := midnight.AddDate(0, 0, -1)
	start := midnight.Add(cfg.notBefore(d)) // of the newest day
	if now.Before(start) {
		newest, start = newest.AddDate(0, 0, -1), start.AddDate(0, 0, -1)
	}
	if time.Since(m.setAt) < 2*time.Minute {
		return "" // the clock was set while the request waited
	}
	if d.ends(end).After(newest) {
		return "that is too early"
	}
	begun := startOfDay(now.Add(-2 * time.Minute)) // it may be an attempt of a request that was made before midnight
	if d.yesterday && m.tries[place{account: c.account, api: c.api}].n <= 1 && !end.Equal(midnight.AddDate(0, 0, -1)) && !end.Equal(begun.AddDate(0, 0, -1)) {
		return "WeChat answers about yesterday alone"
	}
	if oldest := m.oldestAsked(d, now); begin.Before(oldest) && d.form == plain && d.kind != weekly && d.kind != monthly {
		return "nobody needs days before " + oldest.Format(time.DateOnly)
	}
	for day := begin; !day.After(end); day = day.AddDate(0, 0, 1) {
		if d.begins(day) && m.needed(d, c, day, newest, start) {
			return ""
		}
	}
	k := m.of(c.account, c.api, c.end)
	return fmt.Sprintf("again, after an answer at %s that was not lost", stamp(k.asked))
}

// needed reports whether a day may be asked for, when newest is the newest day, which
// is asked for from start on.
func (m *model) needed(d *document, c call, day, newest, start time.Time) bool {
	k := m.of(c.account, c.api, day.Format(time.DateOnly))
	if k.asked.IsZero() {
		return true
	}
	if d.form != plain && m.unfinished(c) {
		return true
	}
	if d.daily {
		return k.askedBefore(start)
	}
	if d.later != nil && len(k.versions) > 0 && len(k.versions[len(k.versions)-1]) > 0 {
		return d.growsOn(k, day, newest, m.applied.Config)
	}
	if d.grows > 0 {
		return c.clock.Sub(k.asked) >= time.Minute
	}
	if k.final {
		return false
	}
	retry := m.applied.Config.retry()
	if d.form != plain {
		retry *= 2 // what comes late in the day is late by hours
	}
	return c.clock.Sub(k.asked) >= retry-time.Minute || m.applied.Config.Since > 0 && c.clock.In(beijing).Day() != k.asked.In(beijing).Day()
}

// said counts the days of which WeChat has said something, by API.
func (m *model) said() map[string]int {
	n := map[string]int{}
	for p, k := range m.places {
		if len(k.said) > 0 {
			n[p.api]++
		}
	}
	return n
}

func stamp(t time.Time) string { return t.In(beijing).Format("01-02 15:04:05") }

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
	notReady := len(r.days) == 0 && slices.ContainsFunc(bodies, func(body []byte) bool { return code(body) == 61503 })
	if notReady && d.form == plain {
		return
	}
	m.success[place{account: c.account, api: c.api}] = time.Now()
	lost := c.process.reloads.Load() != c.reloads || !w.holds(c.process, c.account) // it may be dropped, as it was under way
	right := c.process.clockRight() && c.at.Sub(m.setAt) > 2*time.Minute            // or another clock decided
	if r.nothing && !lost && right {
		m.unread[place{account: c.account, api: c.api}] = c
	}
	m.refuseDates(c, false)
	begin, _ := time.ParseInLocation(time.DateOnly, c.begin, beijing)
	for day := begin; day.Format(time.DateOnly) <= c.end; day = day.AddDate(0, 0, 1) {
		if !d.begins(day) && d.form != plain {
			continue
		}
		date := day.Format(time.DateOnly)
		k, now := m.of(c.account, c.api, date), r.days[date]
		old := version{}
		if len(k.versions) > 0 {
			old = k.versions[len(k.versions)-1]
		}
		settled := m.isSettled(d, day, c.clock) && !notReady
		if now != nil {
			v := now
			if r.isGarbled(date) {
				v = d.softly(old, now, len(k.versions) <= 1 && !lost, r.lacks(date))
			}
			if len(k.versions) == 0 && w.script.Replicas > 1 { // others hear of it later
				k.versions, k.at = append(k.versions, version{}), append(k.at, time.Time{})
			}
			if lost {
				v = d.softly(old, now, len(k.versions) <= 1 && !lost, r.lacks(date))
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
		k.partly, k.givenUp = now != nil && r.isGarbled(date), d.givenUp(day, c.clock, m.applied.Config.Settle)
		k.lacking = r.lacks(date) && !settled && !lost && right
		open := (r.delayed || k.lacking) && !settled && !lost && right
		k.computed = k.computed || now != nil && !open || now == nil && settled
		if lost || !right || r.isGarbled(date) {
			k.asked, k.final = time.Time{}, false
			// An old day that may only have had rows without a readable day is empty, and what a
			// wrong clock decided as the right one would have is not decided anew.
			empty := now == nil && len(old) == 0 && !r.nothing && !r.lost[date]
			k.settled = k.settled || !lost && empty && settled && (right || m.isSettled(d, day, c.at))
			continue
		}
		k.asked, k.answered = c.clock, time.Now()
		k.settled = now == nil && len(old) == 0 && settled
		k.final = now != nil && !r.isGarbled(date) && !r.delayed || now == nil && (settled || k.final && len(old) > 0) && !notReady
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
		again := m.tries[place{account: c.account, api: c.api}].n > 1 // it was yesterday when it was asked first
		if !a.foul && !(documentOf(c.api).yesterday && again) && m.clockRightSince(c.at.Add(-time.Minute)) {
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

func startOfDay(t time.Time) time.Time {
	t = t.In(beijing)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, beijing)
}

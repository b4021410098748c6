package simulation

import (
	"cmp"
	"fmt"
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
	settled  bool      // it is, or may be, final because it was empty for long
	partly   bool      // something of the newest answer could not be read
	refused  bool      // WeChat refused the dates of the last request for it
	computed bool      // WeChat may have said everything of it, at some time
	lacking  bool      // of its last answer rows could not be read, so it is to be asked for again
	givenUp  time.Time // the day up to which its last answer should have grown, if that is not waited for any more
	mistaken time.Time // by a clock that was ahead, when that took it for final because it was empty
	unread   bool      // something of its last answer could not be read
	mended   time.Time // when everything could be read again
}

// mayBeNothing reports whether nothing may be stored of a place.
func (k *known) mayBeNothing() bool {
	return len(k.versions) == 0 || slices.ContainsFunc(k.versions, func(v version) bool { return len(v) == 0 })
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

func startOfDay(t time.Time) time.Time {
	t = t.In(beijing)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, beijing)
}

package simulation

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing/synctest"
	"time"
)

// trace is what users saw at each quiet moment.
type trace []string

// sortedPlaces are the keys of a map, in the same order each time.
func sortedPlaces[V any](m map[place]V) []place {
	return slices.SortedFunc(maps.Keys(m), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.api, b.api), cmp.Compare(a.date, b.date))
	})
}

// own are series that differ from run to run, or that tell of the machine.
func own(line string) bool {
	for _, p := range []string{"go_", "process_", "promhttp_", "wx_store_size_bytes", "wx_remote_write_retries_total", "wx_api_request_duration_seconds", "wx_collector_duration_seconds", "wx_remote_write_"} {
		if strings.HasPrefix(line, p) {
			return true
		}
	}
	return line[0] == '#'
}

// look checks the rules about what users see now.
func (w *world) look() {
	synctest.Wait()
	for _, p := range w.processes {
		if p != nil {
			w.process = p
			w.lookAt(p)
		}
	}
	w.areAlike()
}

func (w *world) lookAt(p *process) {
	if p.dead.Load() || w.isBroken() {
		return
	}
	select {
	case <-p.ended:
		w.breaks(8, "the exporter has ended by itself: %s", p.lastLines())
		return
	default:
	}
	status, text := w.ask(http.MethodGet, "/metrics")
	if status != http.StatusOK {
		w.breaks(1, "/metrics answers %d: %s", status, text)
		return
	}
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" && !own(line) {
			kept.WriteString(line)
		}
	}
	w.trace = append(w.trace, kept.String())
	page, err := readPage(text)
	if err != nil {
		w.breaks(1, "%v", err)
		return
	}
	if !w.isFull() && time.Since(w.cutUntil) > hearsay {
		w.model.kept(time.Now())
	}
	w.counters(page)
	w.states(page)
	w.unreadable(page)
	// A clock that was set is noticed within a minute; midnight is such a moment, too.
	now := w.clock().In(beijing)
	if !p.blind() { // else it serves what it had before
		w.isConfigured(page)
	}
	if now.Sub(startOfDay(now)) > 2*time.Minute && time.Since(w.setAt) > 2*time.Minute && !p.blind() {
		w.rows(page)
		w.latest(page)
	}
	p.before = page
}

// rows checks rules 1 to 3: the rows of the window are there, as they were said.
func (w *world) rows(page series) {
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	there := w.shownOf(page)
	today := startOfDay(w.clock())
	for _, p := range sortedPlaces(there) {
		values := there[p]
		if p.account < 0 || !w.present[p.account] {
			w.breaks(2, "there are series of %s of an account that is not configured", p.api)
			return
		}
		d := documentOf(p.api)
		if day, err := time.ParseInLocation(time.DateOnly, p.date, beijing); err != nil || !w.inWindow(d, day, today) && d.kind != weekly && d.kind != monthly {
			w.breaks(1, "%s of account %d has %s, which is outside the window", p.api, p.account, p.date)
		}
		if w.model.superseded(d, p, today) > 0 && w.script.Replicas <= 1 {
			w.breaks(1, "%s of account %d has %s, and a later day", p.api, p.account, p.date)
		}
		if w.model.places[p] == nil || len(w.model.places[p].versions) == 0 {
			w.breaks(2, "%s of account %d has %s, of which WeChat said nothing: %v", p.api, p.account, p.date, values)
			return
		}
	}
	for _, p := range sortedPlaces(w.model.places) {
		k := w.model.places[p]
		d := documentOf(p.api)
		day, _ := time.ParseInLocation(time.DateOnly, p.date, beijing)
		if !w.polls(p.account, d) || len(d.parts) == 0 {
			continue
		}
		if there[p] == nil && (w.model.superseded(d, p, today) >= 0 || !w.inWindow(d, day, today) || day.Before(w.oldest(today))) {
			continue
		}
		if why := k.differs(func(v version) string {
			return d.bounded(v, there[p], w.applied.Config.Pages).differs(there[p])
		}); why != "" {
			w.breaks(1, "%s of account %d on %s: %s", p.api, p.account, p.date, why)
			return
		}
	}
}

// oldest is the first day that the store keeps.
func (w *world) oldest(today time.Time) time.Time {
	if w.applied.Config.Retention == 0 {
		return time.Time{}
	}
	return today.AddDate(0, 0, -w.applied.Config.Retention)
}

// inWindow reports whether a row is to be exported on a day.
func (w *world) inWindow(d *document, day, today time.Time) bool {
	n := w.applied.Config.length(d)
	end := d.ends(day)
	if d.kind == halfMonthly {
		return n > 0 && end.Before(today) && !day.Before(d.step(d.begun(today), -d.newest))
	}
	return n > 0 && end.Before(today) && !end.Before(today.AddDate(0, 0, -n))
}

// differs says how what is there differs from all that may be; from says it of one.
func (k *known) differs(from func(version) string) (why string) {
	for _, v := range slices.Backward(k.versions) {
		one := from(v)
		if one == "" {
			return ""
		}
		if why == "" {
			why = one
		}
	}
	return why
}

// states checks that each API has one state, and that successes are successes.
func (w *world) states(page series) {
	current := map[place]int{}
	for _, s := range page["wx_api_state"] {
		p := place{account: slices.Index(w.names, s.labels["account"]), api: s.labels["api"]}
		current[p] += int(s.value)
		if s.value != 0 && s.value != 1 {
			w.breaks(5, "%s is %v", s.text, s.value)
		}
	}
	for _, p := range sortedPlaces(current) {
		n := current[p]
		if n != 1 {
			w.breaks(5, "%s of account %d has %d states", p.api, p.account, n)
		}
	}
	if w.process.before == nil {
		return
	}
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	before := map[string]float64{} // 0: there was none
	for _, s := range w.process.before["wx_collector_last_success_timestamp_seconds"] {
		before[s.text] = s.value
	}
	for _, s := range page["wx_collector_last_success_timestamp_seconds"] {
		if before[s.text] == s.value || w.wasOdd {
			continue
		}
		account := slices.Index(w.names, s.labels["account"])
		ok := false
		for _, d := range documents {
			at, answered := w.model.success[place{account: account, api: d.name}]
			ok = ok || answered && d.family == s.labels["collector"] && float64(at.Unix()) > before[s.text]-1
		}
		if !ok {
			w.breaks(5, "%s moved to %s without a success", s.text, stamp(time.Unix(int64(s.value), 0)))
		}
	}
}

// counters checks that no counter falls in a process, or counts what it did not do.
func (w *world) counters(page series) {
	if w.process.before != nil {
		before := map[string]float64{}
		for name, samples := range w.process.before {
			if counts(name) {
				for _, s := range samples {
					before[s.text] = s.value
				}
			}
		}
		for name, samples := range page {
			if !counts(name) {
				continue
			}
			for _, s := range samples {
				if s.value < before[s.text] {
					w.breaks(5, "%s fell from %v to %v", s.text, before[s.text], s.value)
				}
			}
		}
	}
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	calls := map[place]int{}
	for _, s := range page["wx_api_requests_total"] {
		if documentOf(s.labels["api"]) != nil {
			calls[place{account: slices.Index(w.names, s.labels["account"]), api: s.labels["api"]}] += int(s.value)
		}
	}
	for _, p := range sortedPlaces(calls) {
		n := calls[p]
		if made := w.model.calls[w.process][p]; n > made {
			w.breaks(5, "the process counts %d calls of %s of account %d and has made %d", n, p.api, p.account, made)
		}
	}
}

func counts(name string) bool {
	return strings.HasSuffix(name, "_total") || strings.HasSuffix(name, "_bucket") || strings.HasSuffix(name, "_count")
}

package simulation

import (
	"slices"
	"time"
)

// kept says that everything that was said before a time is stored for sure. Replicas hear
// of it later, so that it is on all pages.
func (m *model) kept(before time.Time) {
	if m.script.Replicas > 1 {
		before = before.Add(-hearsay)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.places {
		n := len(k.at)
		for n > 0 && (!k.at[n-1].Before(before) || !k.at[n-1].After(k.doubtful) && k.at[n-1].After(k.doubts)) {
			n--
		}
		if n > 1 { // the one before may be all that there is, and those after are not sure
			k.versions, k.at = slices.Delete(k.versions, 0, n-1), slices.Delete(k.at, 0, n-1)
		}
	}
}

// savedEvery is how old the state is at most that a process had saved: it does so every
// three seconds.
const savedEvery = 5 * time.Second

// unsure says that what was said from a time on may have been lost by the end of a
// process: such days may be asked for again, and rests may be forgotten.
func (m *model) unsure(from time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.filled)                     // the last seconds of what was counted are lost
	if time.Since(from) > time.Minute { // calls that were counted, too
		m.odd[time.Now().In(beijing).Format(time.DateOnly)] = true
	}
	for _, k := range m.places {
		if n := len(k.at); n > 0 && !k.at[n-1].Before(from) {
			if !k.at[0].Before(from) { // there may be nothing
				k.versions, k.at = slices.Insert(k.versions, 0, version{}), slices.Insert(k.at, 0, time.Time{})
			}
			k.final = false
			if k.doubtful.IsZero() || k.at[0].After(k.doubtful) {
				k.doubts = from.Add(-time.Nanosecond)
			}
			k.doubtful = time.Now()
		}
		if !k.answered.Before(from) || !k.mended.Before(from.Add(-savedEvery)) {
			k.asked = time.Time{}
		}
	}
	for p, rest := range m.parks {
		if !rest.from.Before(from.Add(-savedEvery)) {
			delete(m.parks, p)
		}
	}
}

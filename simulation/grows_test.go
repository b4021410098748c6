package simulation

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// askedBefore reports whether a place was asked for before a time. Attempts of a request
// that began before may take some minutes more.
func (k *known) askedBefore(t time.Time) bool { return k.asked.Add(-5 * time.Minute).Before(t) }

// grown returns by how many periods an answer about a day should have grown, and the last
// day of the last of them.
func (d *document) grown(day, newest time.Time) (by int, last time.Time) {
	for _, n := range d.later {
		if end := d.ends(d.step(day, n)); !end.After(newest) && n > by {
			by, last = n, end
		}
	}
	return by, last
}

// givenUp is the day up to which an answer about a day should have grown at a time, if that
// was too long ago to wait for it.
func (d *document) givenUp(day, at time.Time, settle int) time.Time {
	today := startOfDay(at)
	if by, last := d.grown(day, today.AddDate(0, 0, -1)); by > 0 && int(today.Sub(last)/(24*time.Hour)) > settle {
		return last
	}
	return time.Time{}
}

// growsOn reports whether an answer that is there may be asked for again, as it grows on
// some days and is waited for until it has.
func (d *document) growsOn(k *known, day, newest time.Time, cfg Config) bool {
	by, last := d.grown(day, newest)
	if by == 0 {
		return false
	}
	start := last.AddDate(0, 0, 1).Add(cfg.notBefore(d))
	if k.askedBefore(start) {
		return true
	}
	today := newest.AddDate(0, 0, 1).Add(cfg.notBefore(d))
	return k.after() < by && k.askedBefore(today)
}

// after is the greatest number of periods of which the newest version tells.
func (k *known) after() (most int) {
	for key := range k.versions[len(k.versions)-1] {
		for part := range strings.SplitSeq(key, ",") {
			if text, ok := strings.CutPrefix(part, "after="); ok {
				n, _ := strconv.Atoi(text)
				most = max(most, n)
			}
		}
	}
	return most
}

// superseded reports whether a later day of an API of which only the newest is shown has
// rows: 1 if it has for sure, 0 if it may have, -1 if none has.
func (m *model) superseded(d *document, p place, today time.Time) (may int) {
	may = -1
	if d.newest != 1 {
		return may
	}
	for other, k := range m.places {
		if other.account != p.account || other.api != p.api || other.date <= p.date || other.date >= today.Format(time.DateOnly) || len(k.versions) == 0 {
			continue
		}
		if !slices.ContainsFunc(k.versions, func(v version) bool { return len(v) == 0 }) {
			return 1
		}
		may = max(may, 0)
	}
	return may
}

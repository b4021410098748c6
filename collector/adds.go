package collector

import "strings"

// Adds says over what a figure may be added up. A sum over anything else means
// nothing: who reads on two days is counted on both.
type Adds uint8

// What figures may be added up over. Over days is over weeks and months too; labels
// are those beside account, date and stat_date. Of labels, the value that stands for
// the total (see all) is left out of a sum.
const (
	_          Adds = iota // no figure, such as the 1 of an info
	Nowhere                // users who may come again, averages, maxima, ratios, totals up to a day
	OverLabels             // parts of one day: each user is in one of them, or totals of articles
	Everywhere             // counts of what happens
)

// Days reports whether days add up.
func (a Adds) Days() bool { return a == Everywhere }

// Labels reports whether the parts of a day add up.
func (a Adds) Labels() bool { return a == OverLabels || a == Everywhere }

// String implements fmt.Stringer.
func (a Adds) String() string {
	switch a {
	case Nowhere:
		return "nowhere"
	case OverLabels:
		return "labels"
	case Everywhere:
		return "days, labels"
	}
	return ""
}

// adds returns over what a column at a path of the row may be added up: what the
// gauge says that is read off the field, of several the least.
func (a API) adds(at string) (least Adds) {
	for _, g := range a.Groups {
		words := g.Words
		if words == nil {
			words = []string{"*"}
		}
		for _, m := range g.Gauges {
			for _, w := range words {
				if m.reads(at, w) && (least == 0 || m.Adds < least) {
					least = m.Adds
				}
			}
		}
	}
	return least
}

// reads reports whether the gauge, with a word of its group, is a field of the row, or
// a multiple or a part of it.
func (m Gauge) reads(at, word string) bool {
	for field := range strings.SplitSeq(strings.ReplaceAll(m.Field, "*", word), ", ") {
		if plain(field) == at {
			return !m.Info
		}
	}
	return false
}

// upToDay is gauges of totals up to a day: the next day has them in it.
func upToDay(gauges []Gauge) []Gauge {
	for i, g := range gauges {
		if g.Adds == Everywhere {
			gauges[i].Adds = OverLabels
		}
	}
	return gauges
}

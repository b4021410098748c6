package collector

import (
	"bytes"
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The reasons for which a row is dropped, as wx_rows_dropped_total names them.
const (
	DroppedOutsideWindow = "outside_window"
	DroppedDuplicate     = "duplicate"
	DroppedInvalid       = "invalid"
	DroppedOverLimit     = "over_limit"
)

// DropReasons returns them.
func DropReasons() []string {
	return []string{DroppedOutsideWindow, DroppedDuplicate, DroppedInvalid, DroppedOverLimit}
}

// Answer is an answer split by day.
type Answer struct {
	Days    map[string]DayRows // by the date of the rows; no entry for a day without rows
	Dropped map[string]int     // rows and entries of rows, by reason

	// Unread counts the rows that are lost because they could not be read, by
	// date; "" for those whose day could not be read either.
	Unread  map[string]int
	Fields  int     // that could not be read
	Misfits Misfits // why, rows and fields
}

// Lost reports whether rows of a day, or that may be of it, could not be read.
func (a Answer) Lost(date string) bool { return a.Unread[date]+a.Unread[""] > 0 }

// Nothing reports whether nothing of a day, or of the whole answer, could be read, but
// there was something.
func (a Answer) Nothing(date string) bool {
	return len(a.Days[date].Rows) == 0 && (a.Unread[date] > 0 || len(a.Days) == 0 && len(a.Unread) > 0)
}

// DayRows are the rows of one day, each as it is stored.
type DayRows struct {
	Rows  []json.RawMessage
	Stat  string // the newest day that growing figures include, YYYY-MM-DD; empty when there is none
	Grown int    // the greatest number at API.Grown

	keys []string // of the rows
	gaps []bool   // rows of which a field could not be read
}

// JSON writes the rows as an array.
func (d DayRows) JSON() []byte {
	var b bytes.Buffer
	for i, r := range d.Rows {
		b.WriteByte("[,"[min(i, 1)])
		b.Write(r)
	}
	b.WriteByte(']')
	return b.Bytes()
}

// decode is json.Unmarshal of encoding/json/v2, which Go has from 1.27 on. A start
// decodes every stored day, and takes a tenth less time with it. Names of fields
// must be in WeChat's own case; of a field that comes twice the last one counts.
func decode(raw []byte, into any) error {
	return jsonv2.Unmarshal(raw, into, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// Separator separates label values in keys; it never occurs in valid UTF-8.
const Separator = "\xff"

// Split reads the rows of an answer and splits them by day; begin and end are those of
// the request. A row with the same key as an earlier one replaces it. Articles beyond
// limit, if there is one, are stored but not shown, so they are counted as dropped. Rows
// that do not tell their day are of end.
func (a API) Split(rows []json.RawMessage, begin, end string, limit int) Answer {
	out := Answer{Days: map[string]DayRows{}, Dropped: map[string]int{}, Unread: map[string]int{}}
	seen := map[string]int{}
	why := map[Misfit]int{}
	for _, raw := range a.unfolded(rows) {
		r, value, misfits, ok := a.read(raw, end)
		if a.Ask.Rows == TheAnswer && a.empty(raw, value, misfits) {
			continue
		}
		if r.date != "" && (r.date < begin || r.date > end) {
			out.Dropped[DroppedOutsideWindow]++
			continue
		}
		for _, m := range misfits {
			why[m]++
		}
		out.Fields += fieldsOf(misfits)
		d, id := out.Days[r.date], r.date+Separator+r.key
		if !ok {
			out.Dropped[DroppedInvalid]++
			out.Unread[r.date]++
			if i, again := seen[id]; again && r.told {
				d.Rows[i], d.gaps[i] = r.json, true // the earlier row does not count, whatever this one says
			}
			continue
		}
		for _, v := range a.stats.all(value) {
			if isDate(v.String()) {
				d.Stat = max(d.Stat, v.String())
			}
		}
		d.Grown = max(d.Grown, int(a.greatest(a.grown, value)))
		repeats := 0
		for _, g := range a.Groups {
			elements, repeated, invalid := g.elements(value)
			if g.Most && limit > 0 {
				out.Dropped[DroppedOverLimit] += max(len(elements)-limit, 0)
			}
			repeats += repeated
			out.Dropped[DroppedInvalid] += invalid
		}
		if out.Dropped[DroppedDuplicate] += repeats; repeats > 0 {
			r.json = json.RawMessage(a.shape.distinct(jsontext.Value(r.json)))
		}
		if i, again := seen[id]; again {
			out.Dropped[DroppedDuplicate]++
			d.Rows[i], d.gaps[i] = r.json, r.gaps
		} else {
			seen[id] = len(d.Rows)
			d.Rows, d.keys, d.gaps = append(d.Rows, r.json), append(d.keys, r.key), append(d.gaps, r.gaps)
		}
		out.Days[r.date] = d
	}
	inLists := a.inLists()
	for date, d := range out.Days {
		if inLists && !slices.ContainsFunc(d.Rows, func(r json.RawMessage) bool { return a.shown(r) > 0 }) {
			delete(out.Days, date) // rows whose lists are empty are what others write as an empty list
		}
		if a.Reads != "" && limit > 0 && len(d.Rows) > limit {
			out.Dropped[DroppedOverLimit] += len(d.Rows) - limit
		}
	}
	out.Misfits = byRows(why)
	return out
}

// Sample is one value of a day.
type Sample struct {
	Metric *Metric
	Labels []string // values, in the order of the metric's labels
	Value  float64
}

// Samples reads the rows of a stored day. No metric and labels come twice. With a
// limit, only the most read articles are shown.
func (a API) Samples(rows []byte, limit int) ([]Sample, error) {
	all, err := a.stored(rows)
	if err != nil {
		return nil, err
	}
	if a.Reads != "" && limit > 0 && len(all) > limit {
		slices.SortStableFunc(all, func(x, y reflect.Value) int { return cmp.Compare(a.greatest(a.reads, y), a.greatest(a.reads, x)) })
		all = all[:limit]
	}
	var samples []Sample
	metric := 0
	for _, g := range a.Groups {
		elements, _, _ := g.elements(all...)
		elements = g.most(elements, limit)
		samples = slices.Grow(samples, len(elements)*len(g.Gauges))
		for _, e := range elements {
			for i, m := range g.Gauges {
				if v, ok := m.in(e); ok {
					samples = append(samples, Sample{&a.metrics[metric+i], e.labels, v})
				}
			}
		}
		metric += len(g.Gauges)
	}
	return samples, nil
}

// greatest returns the greatest of the numbers at a path of a row, 0 if there are none.
// Of growing figures it is the newest one, wherever it is in the list.
func (a API) greatest(at path, row reflect.Value) (most float64) {
	for _, v := range at.all(row) {
		n, _ := number(v)
		most = max(most, n)
	}
	return most
}

// element is a row, or an entry of a list in it, with labels of its own.
type element struct {
	labels []string
	scope  []reflect.Value // the row and the entries that lead to the element
	word   int             // index into the group's Words
	same   *element        // another one with the same labels, whose figures are added
}

// most returns as many elements as are shown.
func (g Group) most(all []element, limit int) []element {
	if !g.Most || limit == 0 || len(all) <= limit {
		return all
	}
	rank := func(e element) float64 { v, _ := g.Gauges[0].in(e); return v }
	slices.SortStableFunc(all, func(x, y element) int { return cmp.Compare(rank(y), rank(x)) })
	return all[:limit]
}

// elements returns the elements of rows, and counts those that repeat the labels of
// another, of which the last one is returned, and those that lack a label.
func (g Group) elements(rows ...reflect.Value) (elements []element, repeated, invalid int) {
	words, scopes := g.words(), g.each.entries(rows...)
	elements = make([]element, 0, len(scopes)*len(words))
	at := make(map[string]int, cap(elements))
	for _, scope := range scopes {
		if !g.Where.holds(scope) {
			continue
		}
		for i, w := range words {
			labels, ok := labelValues(g.Labels, scope, w)
			if !ok {
				invalid++
				continue
			}
			e, key := element{labels: labels, scope: scope, word: i}, strings.Join(labels, Separator)
			if i, again := at[key]; again && g.Sums {
				other := element{scope: scope, word: elements[i].word, same: elements[i].same}
				elements[i].same = &other
				continue
			} else if again {
				repeated++
				elements[i] = e
				continue
			}
			at[key] = len(elements)
			elements = append(elements, e)
		}
	}
	return elements, repeated, invalid
}

// words returns the group's Words, or one that stands for none.
func (g Group) words() []string {
	if g.Words == nil {
		return []string{""}
	}
	return g.Words
}

// in returns the value of the gauge for an element.
func (m Gauge) in(e element) (float64, bool) {
	if m.Info {
		return 1, true
	}
	sum, ok := m.value[e.word].in(e.scope)
	if e.same != nil {
		v, known := m.in(*e.same)
		sum, ok = sum+v, ok || known
	}
	return sum, ok
}

// labelValues reads the labels of an element; word is its word of the group's
// Words. It reports whether the element has all labels.
func labelValues(labels []Label, scope []reflect.Value, word string) ([]string, bool) {
	values := make([]string, len(labels))
	for i, l := range labels {
		switch {
		case l.Field == "*":
			values[i] = word
		case l.Field != "":
			v, ok := l.value(l.path.in(scope))
			if !ok {
				return nil, false
			}
			values[i] = v
		}
	}
	return values, true
}

// completer is a row type that needs completing after it is decoded.
type completer interface{ complete() }

func complete(row reflect.Value) {
	if c, ok := reflect.TypeAssert[completer](row.Addr()); ok {
		c.complete()
	}
}

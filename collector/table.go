package collector

import (
	"cmp"
	"encoding/json"
	"iter"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// API is one entry of a family: how the API is asked, and which series its rows
// become. A Table makes one out of a row type.
type API struct {
	Spec
	Metrics []Metric

	// sort takes the rows of the answer to a request apart by day.
	sort func(r wxclient.Request, rows []json.RawMessage, limit int) sorted
	// samples reads the rows of a stored day; no metric and labels come twice.
	samples func(rows []byte, limit int) ([]sample, error)
}

// Metric describes one metric of an API, for HELP and for the documents.
type Metric struct {
	Name   string
	Help   string   // what is counted, one sentence
	Unit   string   // users, times, milliseconds, ...
	Field  string   // WeChat's field, or how the value comes out of its fields
	Labels []string // beside account and date
	APIs   string   // the API, or the two, that it comes from

	// Info marks a metric whose first label is what its other labels describe:
	// of a date and that label there is one series, the one that says most.
	Info bool
}

// sample is one value of a day.
type sample struct {
	metric int      // index into the API's Metrics
	labels []string // values, in the order of the metric's Labels
	value  float64
}

// sorted is an answer taken apart: the rows of each day as WeChat sent them,
// and by reason how many were dropped.
type sorted struct {
	days    map[wxclient.Day]dayRows
	dropped map[string]int
}

// dayRows are the rows of one day.
type dayRows struct {
	raw  []json.RawMessage
	last wxclient.Day // the newest day that growing figures include; 0 when they do not grow
}

// The reasons for which a row is dropped, as wx_rows_dropped_total names them.
const (
	outsideWindow = "outside_window"
	duplicate     = "duplicate"
	invalid       = "invalid"
	overLimit     = "over_limit"
)

// Table describes an API whose rows are of type R.
type Table[R any] struct {
	Spec
	Date   func(R) string   // ref_date
	Key    []Label[R]       // what tells the rows of a day apart
	Groups []Group[R]       // the metrics
	Reads  func(R) *int64   // ranks the articles of a day; nil: the rows are no articles
	Stats  func(R) []string // the stat_dates of a row whose figures grow; nil: they do not
}

// Label is a label whose value is read off an element. A false result means
// that the element lacks it, and so is no row of the API.
type Label[E any] struct {
	Name  string
	Value func(E) (string, bool)
}

// Gauge is a metric whose value is read off an element. A false result means
// that WeChat did not report it: then there is no sample.
type Gauge[E any] struct {
	Name, Help, Unit, Field string
	Value                   func(E) (float64, bool)
	Info                    bool // see Metric
}

// Group is a set of gauges that share their labels.
type Group[R any] struct {
	metrics []Metric
	emit    func(row R, yield func(element)) (invalid int)
}

// element is what a group reads off one thing with labels of its own.
type element struct {
	labels []string
	values []value
}

type value struct {
	metric int // index into the group's metrics
	value  float64
}

// PerRow makes a group with one element a row: the row itself.
func PerRow[R any](labels []Label[R], gauges ...Gauge[R]) Group[R] {
	return Each(func(r R) iter.Seq[R] { return func(yield func(R) bool) { yield(r) } }, labels, gauges...)
}

// Each makes a group with several elements a row, such as the entries of
// getarticletotal's details.
func Each[R, E any](elements func(R) iter.Seq[E], labels []Label[E], gauges ...Gauge[E]) Group[R] {
	var g Group[R]
	names := make([]string, len(labels))
	for i, l := range labels {
		names[i] = l.Name
	}
	for _, m := range gauges {
		g.metrics = append(g.metrics, Metric{Name: m.Name, Help: m.Help, Unit: m.Unit, Field: m.Field, Labels: names, Info: m.Info})
	}
	g.emit = func(row R, yield func(element)) (invalid int) {
		for e := range elements(row) {
			names, ok := labelValues(labels, e)
			if !ok {
				invalid++
				continue
			}
			el := element{labels: names, values: make([]value, 0, len(gauges))}
			for i, m := range gauges {
				if v, ok := m.Value(e); ok {
					el.values = append(el.values, value{i, v})
				}
			}
			yield(el)
		}
		return invalid
	}
	return g
}

func labelValues[E any](labels []Label[E], e E) ([]string, bool) {
	values := make([]string, len(labels))
	for i, l := range labels {
		v, ok := l.Value(e)
		if !ok {
			return nil, false
		}
		values[i] = v
	}
	return values, true
}

// API closes the table over its row type.
func (t Table[R]) API() API {
	a := API{Spec: t.Spec, sort: t.sort, samples: t.samples}
	for _, g := range t.Groups {
		for _, m := range g.metrics {
			m.APIs = t.Name
			a.Metrics = append(a.Metrics, m)
		}
	}
	return a
}

// sort takes the rows of an answer apart. A row that repeats another one's key
// takes its place, because WeChat's last word counts. The articles over the
// limit are only counted here: all are kept, fewer are shown.
func (t Table[R]) sort(r wxclient.Request, rows []json.RawMessage, limit int) sorted {
	out := sorted{days: map[wxclient.Day]dayRows{}, dropped: map[string]int{}}
	seen := map[string]int{}
	for _, raw := range rows {
		row, day, key, ok := t.read(raw)
		switch {
		case !ok:
			out.dropped[invalid]++
			continue
		case day < r.Begin || day > r.End:
			out.dropped[outsideWindow]++
			continue
		}
		d := out.days[day]
		d.last = max(d.last, t.newestStat(row))
		if i, again := seen[key]; again {
			out.dropped[duplicate]++
			d.raw[i] = raw
		} else {
			seen[key] = len(d.raw)
			d.raw = append(d.raw, raw)
		}
		out.days[day] = d
		_, repeated, bad := t.emit(row)
		out.dropped[duplicate] += repeated
		out.dropped[invalid] += bad
	}
	for _, d := range out.days {
		if t.Reads != nil && limit > 0 && len(d.raw) > limit {
			out.dropped[overLimit] += len(d.raw) - limit
		}
	}
	return out
}

// read decodes one row and finds its day and key.
func (t Table[R]) read(raw json.RawMessage) (row R, day wxclient.Day, key string, ok bool) {
	if len(raw) == 0 || raw[0] != '{' || jsonv2.Unmarshal(raw, &row, lenient()) != nil {
		return row, 0, "", false
	}
	day, err := wxclient.ParseDay(t.Date(row))
	if err != nil {
		return row, 0, "", false
	}
	values, ok := labelValues(t.Key, row)
	return row, day, t.Date(row) + separator + strings.Join(values, separator), ok
}

// lenient accepts what WeChat has been seen to send inside a row.
func lenient() jsonv2.Options {
	return jsonv2.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// separator stands between label values in keys; it is no part of valid UTF-8.
const separator = "\xff"

func (t Table[R]) newestStat(row R) (newest wxclient.Day) {
	if t.Stats == nil {
		return 0
	}
	for _, s := range t.Stats(row) {
		if d, err := wxclient.ParseDay(s); err == nil {
			newest = max(newest, d)
		}
	}
	return newest
}

// emit returns the samples of rows: of elements with the same labels only the
// last one's. It counts the elements that repeat others or lack a label.
func (t Table[R]) emit(rows ...R) (samples []sample, repeated, bad int) {
	base := 0
	for _, g := range t.Groups {
		var elements []element
		at := map[string]int{}
		for _, row := range rows {
			bad += g.emit(row, func(e element) {
				key := strings.Join(e.labels, separator)
				if i, again := at[key]; again {
					repeated++
					elements[i] = e
					return
				}
				at[key] = len(elements)
				elements = append(elements, e)
			})
		}
		for _, e := range elements {
			for _, v := range e.values {
				samples = append(samples, sample{base + v.metric, e.labels, v.value})
			}
		}
		base += len(g.metrics)
	}
	return samples, repeated, bad
}

// samples reads the rows of a stored day.
func (t Table[R]) samples(rows []byte, limit int) ([]sample, error) {
	var all []R
	if err := jsonv2.Unmarshal(rows, &all, lenient()); err != nil {
		return nil, err
	}
	if t.Reads != nil && limit > 0 && len(all) > limit {
		slices.SortStableFunc(all, func(a, b R) int { return cmp.Compare(orZero(t.Reads(b)), orZero(t.Reads(a))) })
		all = all[:limit]
	}
	samples, _, _ := t.emit(all...)
	return samples, nil
}

func orZero(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

package collector

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/wxexporter/wx_exporter/calendar"
)

// Misfit is a field that could not be read, and what it is instead. It never holds
// the value.
type Misfit struct {
	Field string // its path; empty: the row itself
	Is    string // such as "an object"
}

// missing is what a field is that identifies a row and was not sent.
const missing = "missing"

// String says it as a sentence without an end.
func (m Misfit) String() string {
	if m.Field == "" {
		return "a row is " + m.Is
	}
	return m.Field + " is " + m.Is
}

// CountedMisfit is a misfit and how many times it was found.
type CountedMisfit struct {
	Misfit
	Times int
}

// Misfits are all misfits of an answer, the most frequent first.
type Misfits []CountedMisfit

func byRows(counts map[Misfit]int) (all Misfits) {
	for m, n := range counts {
		all = append(all, CountedMisfit{m, n})
	}
	slices.SortFunc(all, func(x, y CountedMisfit) int {
		return cmp.Or(y.Times-x.Times, strings.Compare(x.Field, y.Field), strings.Compare(x.Is, y.Is))
	})
	return all
}

// fieldsOf counts the misfits that are fields.
func fieldsOf(misfits []Misfit) (n int) {
	for _, m := range misfits {
		if m.Field != "" && m.Is != missing {
			n++
		}
	}
	return n
}

// understood is a row that was read.
type understood struct {
	json json.RawMessage // as it is stored
	date string          // its day; "" when that could not be read
	key  string          // tells it from the other rows of the day
	gaps bool            // a field of it could not be read
	told bool            // its day and its key could be read
}

// read reads a row, also as the row type. asked is the day of rows that do not tell it.
// False means that it is lost: what it is about could not be read, or nothing else.
func (a API) read(raw json.RawMessage, asked string) (r understood, value reflect.Value, misfits []Misfit, ok bool) {
	misfit := func(m Misfit) {
		if !slices.Contains(misfits, m) {
			misfits = append(misfits, m)
		}
	}
	value = reflect.New(a.row).Elem()
	v := jsontext.Value(raw)
	if v.Kind() != '{' || !v.IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
		misfit(Misfit{"", nameOf(v)})
		return r, value, misfits, false
	}
	normal, _ := a.shape.normal(v, "", misfit)
	r.json, r.gaps = json.RawMessage(normal), len(misfits) > 0
	if err := decode(r.json, value.Addr().Interface()); err != nil {
		misfit(Misfit{"", "of another shape"})
		return r, value, misfits, false
	}
	complete(value)
	scope := []reflect.Value{value}
	r.date = a.dateOf(scope, asked)
	key, ok := labelValues(a.Key, scope, "")
	r.key = strings.Join(key, Separator)
	if r.date == "" && a.date != nil {
		misfit(unidentified(a.Date, a.date.in(scope), misfits))
		return r, value, misfits, false
	}
	for _, l := range a.Key {
		unread := slices.ContainsFunc(misfits, func(m Misfit) bool { return m.Field == l.Field })
		if _, readable := l.value(l.path.in(scope)); !readable || unread {
			misfit(unidentified(l.Field, l.path.in(scope), misfits))
			ok = false // a source that could not be read is not the total
		}
	}
	r.told = ok
	return r, value, misfits, ok && (!r.gaps || a.figures(value) > 0)
}

// dateOf returns the day of a row, "" if that could not be read.
func (a API) dateOf(scope []reflect.Value, asked string) string {
	if a.Date == Asked {
		return asked
	}
	date := a.date.in(scope).String()
	if a.half == nil {
		return date
	}
	month, err := calendar.ParseDay(date)
	half, ok := number(a.half.in(scope))
	if err != nil || !ok || half != 1 && half != 2 {
		return ""
	}
	return calendar.HalfMonthly.Step(month, int(half)-1).String()
}

// stored decodes the rows of a stored day. One that is not as it is stored today is
// read like an answer: the version that stored it may not have known a field. Then no
// row may be lost.
func (a API) stored(rows []byte) ([]reflect.Value, error) {
	list := reflect.New(reflect.SliceOf(a.row))
	err := decode(rows, list.Interface())
	if err != nil {
		return a.restored(rows, err)
	}
	all := make([]reflect.Value, list.Elem().Len())
	for i := range all {
		all[i] = list.Elem().Index(i)
		complete(all[i])
	}
	return all, nil
}

func (a API) restored(rows []byte, because error) (all []reflect.Value, err error) {
	var list []json.RawMessage
	if err := decode(rows, &list); err != nil {
		return nil, err
	}
	for _, raw := range list {
		_, value, _, ok := a.read(raw, "")
		if !ok {
			return nil, because
		}
		all = append(all, value)
	}
	return all, nil
}

// unidentified says why a field does not identify a row. If it could not be read that
// is known already.
func unidentified(field string, v reflect.Value, known []Misfit) Misfit {
	for _, m := range known {
		if m.Field == field {
			return m
		}
	}
	if v.IsZero() {
		return Misfit{field, missing}
	}
	return Misfit{field, "out of its range"}
}

// figures counts the values that a row shows.
func (a API) figures(value reflect.Value) (n int) {
	for _, g := range a.Groups {
		elements, _, _ := g.elements(value)
		for _, e := range elements {
			for _, m := range g.Gauges {
				if _, ok := m.in(e); ok && !m.Info {
					n++
				}
			}
		}
	}
	return n
}

// inLists reports whether all figures of a row, and all that it shows, stand in lists.
func (a API) inLists() bool {
	columns, _ := fields(a.row, 0, nil)
	return len(a.Groups) > 0 && !slices.ContainsFunc(a.Groups, func(g Group) bool { return g.each == nil }) &&
		!slices.ContainsFunc(columns, func(c Column) bool { return c.Kind != "text" })
}

// empty reports whether an answer that is a row is what others write as an empty list: it
// shows no figure, and nothing of it was left unread. One that is about a single period
// may lack the date.
func (a API) empty(raw json.RawMessage, value reflect.Value, misfits []Misfit) bool {
	if a.figures(value) > 0 {
		return false
	}
	dateless := func(m Misfit) bool { return m.Field != "" && m.Field == a.Date }
	switch {
	case len(misfits) == 0:
		return true
	case a.Span > 1 || len(misfits) > 1 || !dateless(misfits[0]):
		return false
	}
	var fields map[string]jsontext.Value
	if decode(raw, &fields) != nil {
		return false
	}
	for name, v := range fields {
		if kind := v.Kind(); a.shape.fields[name] == nil && (kind == '{' || kind == '[') && !isEmpty(v, byte(kind)) {
			return false // its figures may be in there
		}
	}
	return true
}

// Complete returns the rows of a day of which not everything could be read, without
// losing what was stored of it before: a stored row that shows more than the same row
// of the answer, whose fields could not all be read, and, if rows are lost, the stored
// rows that the answer lacks.
func (a API) Complete(day DayRows, lost bool, stored []byte) DayRows {
	var old []jsontext.Value
	if !lost && !slices.Contains(day.gaps, true) || decode(stored, &old) != nil {
		return day
	}
	taken := map[string]bool{}
	place := map[string]int{}
	for i, key := range day.keys {
		place[key] = i
	}
	all := DayRows{Stat: day.Stat}
	for _, raw := range old {
		r, value, _, ok := a.read(json.RawMessage(raw), "")
		i, again := place[r.key]
		switch {
		case !ok || taken[r.key]:
		case again && (!day.gaps[i] || a.figures(value) <= a.shown(day.Rows[i])):
			all.Rows = append(all.Rows, day.Rows[i])
		case again || lost:
			all.Rows = append(all.Rows, r.json)
		}
		taken[r.key] = taken[r.key] || ok
	}
	for i, key := range day.keys {
		if !taken[key] {
			all.Rows = append(all.Rows, day.Rows[i])
		}
	}
	return all
}

// shown counts the values that a stored row shows.
func (a API) shown(stored json.RawMessage) int {
	value := reflect.New(a.row).Elem()
	if decode(stored, value.Addr().Interface()) != nil {
		return 0
	}
	complete(value)
	return a.figures(value)
}

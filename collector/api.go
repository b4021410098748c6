package collector

import (
	"reflect"
	"strings"
)

// API is one entry of a family's table: how WeChat is asked, and which series
// the rows become.
//
// Fields are named by their path in a row, such as details.stat_date: WeChat's
// own names, joined by dots, through objects and through the entries of lists.
type API struct {
	Name  string // as WeChat writes it, such as getusersummary
	Title Words  // for people
	Span  int    // days that one request may cover, begin and end included
	Kind  Kind   // which days rows carry, and which window of the configuration bounds them
	Since string // the first day that WeChat has data for, YYYY-MM-DD; empty: as all others

	// Grows is for how many days, the first included, the figures of a day grow.
	// Meanwhile the day is fetched again daily. 0: they do not grow.
	Grows int
	Stats string // path of the day up to which growing figures count; empty: they do not grow

	Row    any     // a value of the row type, whose json tags are WeChat's fields; name is for people, code the kind of Codes
	Key    []Label // identifies a row within its day
	Reads  string  // path of the figure that ranks the articles of a day; empty: the rows are no articles
	Groups []Group // the metrics

	metrics []Metric
	row     reflect.Type
	shape   *shape
	date    path // ref_date
	stats   path
	reads   path
}

// Kind says which days an API has rows for.
type Kind uint8

// The kinds of days.
const (
	Daily   Kind = iota // a row stands for a day; the window "daily"
	Hourly              // a row stands for an hour of a day; the window "hourly"
	Article             // a row stands for an article on a day; the window "article"
	Weekly              // a row stands for a week and is dated its Monday
	Monthly             // a row stands for a month and is dated the 1st
)

// Group is a set of gauges that share their labels: of a row, or of each entry
// of a list inside it.
type Group struct {
	Each   string   // path of the list; empty: the row itself
	Words  []string // each word makes an element; it replaces the * in the fields' names
	Labels []Label
	Gauges []Gauge

	each path
}

// Label is a label whose value is read off a field.
type Label struct {
	Name  string
	Field string // path; * is the word of the group's Words itself

	// value reads the field. False means that the element lacks the label and is
	// dropped as invalid.
	value func(reflect.Value) (string, bool)
	path  path
}

// Gauge is a metric whose value is read off a field. Where WeChat did not report
// the field, there is no sample.
type Gauge struct {
	Name, Help, Unit string
	Field            string // path, "path x number" or "path / path"; for people, more after a comma
	Info             bool   // see Metric; the value is 1 and Field only says where the labels come from
	Adds             Adds   // over what it may be added up; none for Info
	Main             bool   // it is shown where accounts are compared

	value []expression // one, or one for each of the group's Words
}

// resolve finds the table's fields in the row type. It panics when a path does not
// exist, which is a mistake in the table.
func (a *API) resolve() {
	a.row = reflect.TypeOf(a.Row)
	a.date, a.stats, a.reads = find(a.row, "ref_date"), find(a.row, a.Stats), find(a.row, a.Reads)
	a.shape = shapeOf(a.row, "", "ref_date", a.Stats)
	a.resolveLabels(a.Key, path{})
	for i := range a.Groups {
		g := &a.Groups[i]
		g.each = find(a.row, g.Each)
		a.resolveLabels(g.Labels, g.each)
		for j := range g.Gauges {
			m := &g.Gauges[j]
			a.metrics = append(a.metrics, a.metric(*g, *m))
			if !m.Info {
				m.value = a.expressions(*g, m.Field)
			}
		}
	}
}

func (a *API) resolveLabels(labels []Label, each path) {
	for i := range labels {
		if l := &labels[i]; l.Field != "*" {
			l.path = find(a.row, l.Field)
			l.path.mustLieIn(each, l.Field)
		}
	}
}

// expressions returns how a gauge of a group is computed, one expression for each
// of the group's words.
func (a *API) expressions(g Group, field string) (all []expression) {
	words := g.Words
	if words == nil {
		words = []string{"*"}
	}
	for _, w := range words {
		e := parse(a.row, strings.ReplaceAll(field, "*", w))
		e.value.mustLieIn(g.each, field)
		e.divisor.mustLieIn(g.each, field)
		all = append(all, e)
	}
	return all
}

func (a *API) metric(g Group, m Gauge) Metric {
	names, codes, heads := make([]string, len(g.Labels)), make([]string, len(g.Labels)), make([]Words, len(g.Labels))
	for i, l := range g.Labels {
		names[i] = l.Name
		if f, ok := a.field(l.Field); ok {
			codes[i], heads[i] = f.Tag.Get("code"), wordsOf(f)
		}
	}
	return Metric{Name: m.Name, Help: m.Help, Unit: m.Unit, Field: m.Field, Labels: names, APIs: a.Name, Info: m.Info, Adds: m.Adds, Title: a.heading(m.Field), Main: m.Main && a.Kind == Daily, Codes: codes, Heads: heads}
}

package collector

import (
	"cmp"
	"reflect"
	"strings"

	"github.com/wxexporter/wx_exporter/calendar"
)

// API is one entry of a family's table: how WeChat is asked, and which series
// the rows become.
//
// Fields are named by their path in a row, such as details.stat_date: WeChat's
// own names, joined by dots, through objects and through the entries of lists.
type API struct {
	Name   string          // as WeChat writes it, such as getusersummary
	Title  Words           // for people
	Types  []AccountType   // of the accounts that have it; none: those of the family
	Ask    Ask             // how WeChat is asked for it
	Hour   int             // of the day, from which on the day before is asked for; 0: as most APIs
	Span   int             // days that one request may cover, begin and end included; of weeks and so on, so many of them
	Kind   Kind            // which window of the configuration bounds it
	Period calendar.Period // what a row stands for; it is dated the first day
	Since  string          // the first day that WeChat has data for, YYYY-MM-DD; empty: as all others

	// Grows is for how many days, the first included, the figures of a day grow.
	// Meanwhile the day is fetched again daily. 0: they do not grow.
	Grows int
	Stats string // path of the day up to which growing figures count; empty: they do not grow

	// Later are how many periods after it the answer about a day, week or month grows.
	// Then it is fetched again, in the window or not, but not before the newest one is
	// there, until a field at the path Grown has the number.
	Later []int
	Grown string

	// Daily is that what is exported is fetched again daily. WeChat may have no row of it
	// for long, which is not late.
	Daily bool

	Newest    int  // so many of the newest days, weeks and so on are exported, whatever the window; 0: those of the window
	Yesterday bool // WeChat answers for yesterday alone, so that older days stay unknown

	Row    any     // a value of the row type, whose json tags are WeChat's fields; name is for people, code the kind of Codes
	Unfold string  // a field of rows that is an object, or a list of them: there is a row for each
	Only   bool    // fields that Row lacks are not stored: an API of its own has them
	Date   string  // path of the day; empty: ref_date; see Asked
	Half   string  // path of which half of the month it is that Date tells, 1 or 2; empty: it tells the day
	Key    []Label // identifies a row within its day
	Reads  string  // path of the figure that ranks the articles, or other things, of a day; empty: all rows are shown
	Limit  Limit   // how many of them are shown
	Groups []Group // the metrics

	metrics []Metric
	row     reflect.Type
	shape   *shape
	date    path
	half    path
	stats   path
	grown   path
	reads   path
}

// Kind says which window of the configuration bounds an API.
type Kind uint8

// The windows.
const (
	Daily   Kind = iota // of figures of days, weeks and months
	Hourly              // of figures of hours
	Article             // of figures of single things, such as articles
)

// Group is a set of gauges that share their labels: of a row, or of each entry
// of a list inside it.
type Group struct {
	Each   string   // path of the list; empty: the row itself
	Words  []string // each word makes an element; it replaces the * in the fields' names
	Labels []Label
	Gauges []Gauge
	Where  Condition // which entries; none: all
	Sums   bool      // of entries with the same labels the figures are added, else the last one counts
	Most   bool      // there are many: those with the greatest first gauge are shown, as many as the API's Limit says

	each path
}

// Label is a label whose value is read off a field.
type Label struct {
	Name  string
	Field string // path; * is the word of the group's Words itself
	Codes string // the kind of Codes that name its values, where the field's own tag does not tell

	// value reads the field. False means that the element lacks the label and is
	// dropped as invalid.
	value func(reflect.Value) (string, bool)
	path  path
}

// Gauge is a metric whose value is read off a field. Where WeChat did not report
// the field, there is no sample.
type Gauge struct {
	Name, Help, Unit string
	Field            string // path, "path x number", "path / number" or "path / path"; for people, more after a comma
	Info             bool   // see Metric; the value is 1 and Field only says where the labels come from
	Adds             Adds   // over what it may be added up; none for Info
	Main             bool   // it is shown where accounts are compared

	value []expression // one, or one for each of the group's Words
}

// resolve finds the table's fields in the row type. It panics when a path does not
// exist, which is a mistake in the table.
func (a *API) resolve() {
	a.row = reflect.TypeOf(a.Row)
	if a.Date = cmp.Or(a.Date, "ref_date"); a.Date != Asked {
		a.date = find(a.row, a.Date)
	}
	a.half, a.stats, a.reads = find(a.row, a.Half), find(a.row, a.Stats), find(a.row, a.Reads)
	a.grown = find(a.row, a.Grown)
	a.shape = shapeOf(a.row, "", a.Date, a.Stats)
	a.shape.only = a.Only
	a.resolveLabels(a.Key, path{})
	for i := range a.Groups {
		g := &a.Groups[i]
		g.each = find(a.row, g.Each)
		if g.Where.path = find(a.row, g.Where.Field); g.Where.path != nil {
			g.Where.path.mustLieIn(g.each, g.Where.Field)
		}
		a.resolveLabels(g.Labels, g.each)
		for j := range g.Gauges {
			m := &g.Gauges[j]
			a.metrics = append(a.metrics, a.metric(*g, *m))
			if !m.Info {
				m.value = a.expressions(*g, m.Field)
			}
		}
	}
	a.identify()
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
			codes[i], heads[i] = cmp.Or(l.Codes, f.Tag.Get("code")), wordsOf(f)
		}
	}
	return Metric{Name: m.Name, Help: m.Help, Unit: m.Unit, Field: m.Field, Labels: names, APIs: a.Name, Info: m.Info, Adds: m.Adds, Title: a.heading(m.Field), Main: m.Main && a.Kind == Daily && a.Period == calendar.Daily, Codes: codes, Heads: heads}
}

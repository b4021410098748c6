package main

import (
	"fmt"
	"slices"
	"strings"
)

// quantity is what a tile shows: a figure of each account and day, summed over
// the accounts and, with over, divided by the sum of another.
type quantity struct {
	api   string
	value string // by (account, date)
	over  string // by (account, date), or ""
	sum   string // how accounts come together; "" = sum
	step  bool   // changes are told as differences, not as ratios
	rate  bool   // it is shown in percent
}

// count is a total that often is 0, of which no ratio can be told.
func count(m measure) quantity { return quantity{api: m.api, value: m.perAccount(), step: true} }

func total(m measure) quantity { return quantity{api: m.api, value: m.perAccount()} }

func largest(m measure) quantity {
	return quantity{api: m.api, value: m.perAccount(), sum: "max", step: true}
}

func quotient(a, b measure) quantity {
	return quantity{api: a.api, value: a.perAccount(), over: b.perAccount(), step: true}
}

func rate(a, b measure) quantity {
	q := quotient(a, b)
	q.rate = true
	return q
}

func balance(a, b measure) quantity {
	return quantity{api: a.api, value: difference(a.perAccount(), b.perAccount()), step: true}
}

// of brings the accounts together: by the given aggregation, of the days that
// keep keeps.
func (q quantity) of(by, keep string) string {
	op := q.sum
	if op == "" {
		op = "sum"
	}
	if by != "" {
		op += " by (" + by + ") "
	}
	if q.over != "" {
		return "(" + ratio(fmt.Sprintf("%s((%s)%s)", op, q.value, keep), fmt.Sprintf("%s((%s)%s)", op, q.over, keep)) + ")"
	}
	return fmt.Sprintf("%s((%s)%s)", op, q.value, keep)
}

func on(days string) string { return " and on (account, date) " + days }

// change compares each account's newest day with the same weekday a week
// before, over the accounts that have both.
func (q quantity) change() string {
	recent, before := newest(q.api), weekBefore(q.api)
	if q.over != "" || q.sum != "" {
		difference := "(" + q.of("", on(recent)) + " - " + q.of("", on(before)) + ")"
		if q.rate {
			return "(" + difference + " * 100)" // percentage points
		}
		return difference
	}
	then := q.of("account", on(before))
	gain := "sum(" + q.of("account", on(recent)) + " - " + then + ")"
	if q.step {
		return gain
	}
	return "(" + gain + " / (sum(" + then + ") > 0))"
}

// days is the figure of each day that the accounts have which are waited for. A
// late one counts with its newest day throughout: without it the days would stand
// beside a newest one that has it.
func (q quantity) days() string {
	late := late(q.api, 0)
	prompt, behind := " unless on (account) "+late, on(newest(q.api))+" and on (account) "+late
	days := q.of("date", prompt)
	if q.sum == "" {
		part := func(value string) string {
			return fmt.Sprintf("(sum by (date) ((%s)%s) + scalar(sum((%[1]s)%[3]s) or vector(0)))", value, prompt, behind)
		}
		if days = part(q.value); q.over != "" {
			days = "(" + ratio(days, part(q.over)) + ")"
		}
	}
	return days + " unless on (date) " + uncommon(q.api, 0)
}

// asked are the accounts that an API is asked for, with and without figures;
// where WeChat has switched it off there will be none.
func asked(api string) string {
	return "max by (account) (" + latestDate(api) + ") or max by (account) (" + metric("wx_api_state", fmt.Sprintf("api=%q", api), `state!="offline"`) + " == 1)"
}

// query has a row for each day: its figure, under the newest day, the number of
// accounts that have it and that of all as the label day, and on the newest day
// the figure of every account's own newest day, so that one that is late is not
// missing. The change against a week before stands beside it with day="week".
func (q quantity) query() string {
	latest := "max by (account) (" + latestDate(q.api) + ")"
	last := "group by (date) (topk(1, max by (date) (" + latestDate(q.api) + ")))"
	counted := func(label, vector string) string {
		return fmt.Sprintf(` * on () group_left (%s) count_values("%[1]s", count(%s))`, label, vector)
	}
	head := fmt.Sprintf(`label_replace(label_join(%s%s%s, "day", " ", "date", "n", "m"), "day", "$1 ($2/$3)", "day", "(.*) (.*) (.*)")`,
		last, counted("n", latest+" == scalar(max("+latest+"))"), counted("m", asked(q.api)))
	days := q.days() + " unless on (date) " + last
	figure := last + " * on () group_left () " + q.of("", on(newest(q.api)))
	change := last + " * on () group_left () " + q.change()
	return "(" + days + " or " + figure + ") * on () group_left (day) " + head +
		` or label_replace(` + change + `, "day", "` + week + `", "", "")`
}

const week = "week"

// tile shows a quantity's newest day, which is its name, the days before as a
// small graph, and the change against a week before.
type tile struct {
	box
	quantity
	steps []step  // of the figure; nil: blue
	good  int     // 1 when more is better, -1 when less is, 0 for neither
	still float64 // changes below it have no colour; of rates in percentage points
	board string  // where a click leads, "" for nowhere
}

func (t tile) draw(l lang) *panel {
	steps := t.steps
	if steps == nil {
		steps = above(blue)
	}
	d := fieldDefaults{Color: &color{Mode: "thresholds"}, NoValue: l.of(name("none")), Thresholds: &thresholds{"absolute", steps}, FieldMinMax: true}
	if t.board != "" {
		d.Links = []dataLink{{Title: l.of(panelText(t.board).title), URL: chosenURL(l, t.board)}}
	}
	o := statPanel("area")
	o.Orientation, o.TextMode, o.Text = "horizontal", "value_and_name", &textSizes{14, 24}
	p := t.panel(l, "stat", d, o)
	p.FieldConfig.Defaults.Mappings = []any{nothing(l)}
	p.instant(query{expr: t.query()})
	key := matrixName("date", "day")
	p.Transformations = []transformation{sortBy("day", false), matrix("day", "date"), sortBy(key, false), organize(map[string]string{}, key)}
	unit, decimals := t.unit, 1
	if !t.step {
		unit = "percentunit"
	} else if t.unit == "locale" || t.unit == "ms" {
		decimals = 0
	} else if t.rate {
		unit, decimals = l.of(name("points")), 2
	}
	p.FieldConfig.Overrides = []override{byName(week,
		property{"displayName", l.of(name("week"))}, property{"unit", unit}, property{"decimals", decimals},
		property{"thresholds", thresholds{"absolute", t.changeLevels()}}, property{"links", []any{}})}
	return p
}

// changeLevels colour a change by whether it is a good one.
func (t tile) changeLevels() []step {
	switch t.good {
	case 1:
		return above(red, at{-t.still, plain}, at{t.still, green})
	case -1:
		return above(green, at{-t.still, plain}, at{t.still, red})
	}
	return above(plain)
}

func statPanel(graph string) statOptions {
	return statOptions{ColorMode: "value", GraphMode: graph, JustifyMode: "auto", Orientation: "auto",
		ReduceOptions: reduceOptions{Calcs: []string{"lastNotNull"}}, TextMode: "value"}
}

// figure shows one number of the moment.
type figure struct {
	box
	expr    string
	steps   []step
	mapping map[string]mapResult // words for values
}

func (s figure) draw(l lang) *panel {
	d := fieldDefaults{Color: &color{Mode: "thresholds"}, NoValue: l.of(name("none")), Thresholds: &thresholds{"absolute", s.steps}}
	p := s.panel(l, "stat", d, statPanel("none"))
	p.instant(query{expr: s.expr})
	p.Transformations = []transformation{organize(map[string]string{})}
	p.FieldConfig.Defaults.Mappings = []any{nothing(l)}
	if s.mapping != nil {
		p.FieldConfig.Defaults.Mappings = []any{valueMap{"value", translated(l, s.mapping)}, nothing(l)}
	}
	return p
}

// nothing is what an empty stat says: without a colour of its own it would take
// that of the lowest threshold, which may be that of health.
func nothing(l lang) any {
	return special("null+nan", mapResult{Color: plain, Index: 100, Text: l.of(name("none"))})
}

// counts shows how many there are of each value of a label.
type counts struct {
	box
	expr   string // by the label
	by     string
	values map[string]mapResult // names and colours, in order
}

func (c counts) draw(l lang) *panel {
	d := fieldDefaults{Color: &color{Mode: "thresholds"}, NoValue: l.of(name("none")), Thresholds: &thresholds{"absolute", above(plain)}}
	o := statPanel("none")
	o.Orientation, o.TextMode, o.Text = "horizontal", "value_and_name", &textSizes{14, 24}
	p := c.panel(l, "stat", d, o)
	p.FieldConfig.Defaults.Mappings = []any{nothing(l)}
	// Every row has the same value of a label that the vector lacks.
	p.instant(query{expr: `label_replace(` + c.expr + `, "all", "all", "", "")`})
	p.Transformations = []transformation{sortBy(c.by, false), matrix(c.by, "all"), organize(map[string]string{}, matrixName("all", c.by))}
	for value, r := range c.values {
		p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, byName(value,
			property{"displayName", l.of(name(r.Text))}, property{"thresholds", thresholds{"absolute", above(green, at{1, r.Color})}}))
	}
	slices.SortFunc(p.FieldConfig.Overrides, func(a, b override) int { return strings.Compare(a.Matcher.Options, b.Matcher.Options) })
	return p
}

// translated replaces the keys of names in a mapping by the names.
func translated(l lang, mapping map[string]mapResult) map[string]mapResult {
	out := map[string]mapResult{}
	for value, r := range mapping {
		r.Text = l.of(name(r.Text))
		out[value] = r
	}
	return out
}

// at is a colour from a value on.
type at struct {
	value float64
	color string
}

// above makes thresholds: the first colour, and others from given values on.
func above(first string, more ...at) []step {
	steps := []step{{Color: first}}
	for _, m := range more {
		steps = append(steps, step{m.color, new(m.value)})
	}
	return steps
}

// The thresholds that several panels have, which are those of the alerts: red
// and orange are for what needs somebody.
func ratioLevels() []step   { return above(blue, at{0.05, red}) }
func ageLevels() []step     { return above(plain, at{3.6, orange}) }
func latencyLevels() []step { return above(blue, at{1500, red}) }

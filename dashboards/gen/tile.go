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

func total(m measure) quantity {
	return quantity{api: m.api, value: m.perAccount()}
}

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

// growth is the change of each account on the same weekday a week before, as a ratio.
func (q quantity) growth() string {
	return q.of("account", on(newest(q.api))) + " / (" + q.of("account", on(weekBefore(q.api))) + " > 0) - 1"
}

// days is the figure of each day that the accounts have which are waited for. A
// late one counts with its newest day throughout: without it the days would stand
// beside a newest one that has it.
func (q quantity) days() string {
	late := late(q.api, 0, near)
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
	return days + " unless on (date) " + uncommon(q.api, 0, near)
}

// asked are the accounts that an API is asked for, with and without figures;
// where WeChat has switched it off there will be none.
func asked(api string) string {
	return "max by (account) (" + latestDate(api) + ") or max by (account) (" + metric("wx_api_state", fmt.Sprintf("api=%q", api), `state!="offline"`) + " == 1)"
}

// figures has a row for each day: its figure, under the newest day, the number of
// accounts that have it and that of all as the label day, and on the newest day
// the figure of every account's own newest day, so that one that is late is not
// missing.
func (q quantity) figures() string {
	latest := "max by (account) (" + latestDate(q.api) + ")"
	last := "group by (date) (topk(1, max by (date) (" + latestDate(q.api) + ")))"
	counted := func(label, vector string) string {
		return fmt.Sprintf(` * on () group_left (%s) count_values("%[1]s", count(%s))`, label, vector)
	}
	head := fmt.Sprintf(`label_replace(label_join(%s%s%s, "day", " ", "date", "n", "m"), "day", "$1 ($2/$3)", "day", "(.*) (.*) (.*)")`,
		last, counted("n", latest+" == scalar(max("+latest+"))"), counted("m", asked(q.api)))
	days := q.days() + " unless on (date) " + last
	figure := last + " * on () group_left () " + q.of("", on(newest(q.api)))
	return "(" + days + " or " + figure + ") * on () group_left (day) " + head
}

// told is the change as a text, the label change: Grafana's units give no sign.
func (q quantity) told(factor, to float64) string {
	text := fmt.Sprintf(`count_values("change", round(%s * %g, %g))`, q.change(), factor, to)
	signed := `label_replace(label_replace(` + text + `, "change", "+$1", "change", "([^-].*)"), "change", "±0", "change", "[-+]0")`
	return labelled(signed, "all", "all")
}

// tile shows a quantity's newest day, which is its name, the days before as a
// small graph, and the change against a week before.
type tile struct {
	box
	quantity
	steps  []step  // of the figure; nil: blue
	good   int     // 1 when more is better, -1 when less is, 0 for neither
	still  float64 // changes below it, as they are told, have no colour
	board  string  // where a click leads, "" for nowhere
	single bool    // without the change
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
	if t.single {
		p.instant(query{expr: t.figures()})
		key := matrixName("date", "day")
		p.Transformations = []transformation{matrix("day", "date"), sortBy(key, false), organize(map[string]string{}, key)}
		return p
	}
	factor, to, unit := 100.0, 0.1, "percent"
	switch {
	case t.rate:
		factor, unit = 1, "points" // it is told in percentage points
	case t.unit == ms:
		factor, to, unit = 1, 1, "ms"
	case t.unit == seconds:
		factor, to, unit = 1, 0.1, "seconds"
	case t.unit == "none" || t.unit == yuan && t.step:
		factor, to, unit = 1, 0.01, "count"
	case t.step:
		factor, to, unit = 1, 1, "count"
	}
	p.instant(query{expr: t.figures()}, query{expr: t.told(factor, to)})
	key, single := matrixName("date", "day"), matrixName("all", "change")
	p.Transformations = []transformation{matrixOf(0, "day", "date"), matrixOf(1, "change", "all"), sortBy(key, false), organize(map[string]string{}, key, single, valueField(0, 2), valueField(1, 2))}
	p.Transformations = append(p.Transformations, transformation{ID: "renameByRegex", Options: renameOptions{"^([-+±].*)$", l.of(name("change." + unit))}})
	p.FieldConfig.Overrides = append(t.arrows(), override{matcher{"byRegexp", "/^[-+±]/"}, []property{{"links", []any{}}}})
	return p
}

// enough are patterns of figures of at least so much: changes below have no colour.
var enough = map[float64]string{0: `.*[1-9]`, 0.5: `0\.[5-9]|[1-9]`, 2: `[2-9]|\d\d`, 20: `[2-9]\d|\d{3}`}

// arrows show the direction of a change, in a colour when it is a good one or not.
func (t tile) arrows() (o []override) {
	add := func(pattern, text, color string) {
		mapping := valueMap{"value", map[string]mapResult{"1": {Color: color, Text: text}}} // a change is a text, its value 1
		o = append(o, override{matcher{"byRegexp", "/" + pattern + "/"}, []property{{"mappings", []any{mapping}}}})
	}
	add("^±", "=", plain)
	add(`^\+`, "▲", plain)
	add("^-", "▼", plain)
	if up := map[int]string{1: green, -1: red}[t.good]; up != "" {
		down := map[string]string{green: red, red: green}[up]
		add(`^\+(`+enough[t.still]+")", "▲", up)
		add("^-("+enough[t.still]+")", "▼", down)
	}
	return o
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
	p.instant(query{expr: labelled(c.expr, "all", "all")})
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

// above makes thresholds: the first colour, and others from given values on. The first one
// has no value, which is 0 for some of Grafana's code: where there are others below 0, it has
// one that is low enough.
func above(first string, more ...at) []step {
	steps := []step{{Color: first}}
	if len(more) > 0 && more[0].value < 0 {
		steps[0].Value = new(-1e9)
	}
	for _, m := range more {
		steps = append(steps, step{m.color, new(m.value)})
	}
	return steps
}

// The thresholds that several panels have, which are those of the alerts: red
// and orange are for what needs somebody.
func ratioLevels() []step   { return above(blue, at{0.05, red}) }
func latencyLevels() []step { return above(blue, at{1500, red}) }

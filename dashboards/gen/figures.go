package main

// stat shows the newest day of a measure and, small, the days before.
type stat struct {
	box
	expr  string // by (date)
	color string
	steps []step // instead of color
}

func (s stat) draw(l lang) *panel {
	p := s.panel(l, "stat", s.defaults(l), statPanel("area"))
	p.Targets = instant(query{expr: s.expr})
	p.Transformations = []transformation{organize(map[string]string{}), sortBy("date", false), asTime("date")}
	return p
}

// defaults: an empty stat takes the base threshold's colour, so it says that it
// is empty.
func (s stat) defaults(l lang) fieldDefaults {
	d := fieldDefaults{Color: &color{Mode: "thresholds"}, NoValue: l.of(name("none"))}
	steps := s.steps
	if steps == nil {
		steps = []step{{Color: s.color}}
	}
	d.Thresholds = &thresholds{"absolute", steps}
	return d
}

func statPanel(graph string) statOptions {
	return statOptions{ColorMode: "value", GraphMode: graph, JustifyMode: "auto", Orientation: "auto",
		ReduceOptions: reduceOptions{Calcs: []string{"lastNotNull"}}, TextMode: "value"}
}

// figure shows one number of the moment.
type figure struct {
	stat
	mapping map[string]mapResult // words for values
}

func (s figure) draw(l lang) *panel {
	p := s.panel(l, "stat", s.defaults(l), statPanel("none"))
	p.Targets = instant(query{expr: s.expr})
	p.Transformations = []transformation{organize(map[string]string{})}
	if s.mapping != nil {
		p.FieldConfig.Defaults.Mappings = []any{valueMap{"value", translated(l, s.mapping)}}
	}
	return p
}

// ranking shows a bar for each series, in the expression's order. Grafana names
// it by its labels.
type ranking struct {
	box
	expr  string
	steps []step
	max   *float64
}

func (s ranking) draw(l lang) *panel {
	o := barGaugeOptions{DisplayMode: "basic", MinVizHeight: 10, Orientation: "horizontal", ShowUnfilled: true,
		ReduceOptions: reduceOptions{Calcs: []string{"lastNotNull"}, Values: true}}
	d := fieldDefaults{Color: &color{Mode: "thresholds"}, Thresholds: &thresholds{"absolute", s.steps}, Min: new(0.0), Max: s.max}
	p := s.panel(l, "bargauge", d, o)
	p.Targets = instant(query{expr: s.expr})
	p.Transformations = []transformation{organize(map[string]string{})}
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

// The thresholds that several panels have.
func growthLevels() []step  { return above(red, at{0, green}) }
func ratioLevels() []step   { return above(green, at{0.01, orange}, at{0.05, red}) }
func ageLevels() []step     { return above(green, at{2.6, orange}, at{3.6, red}) }
func latencyLevels() []step { return above(green, at{500, orange}, at{1500, red}) }

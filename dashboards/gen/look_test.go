package main

import (
	"encoding/json"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
)

// interval is how older versions of Grafana round a range divided by the number of points,
// which Prometheus limits to 11,000: the step of the panel's queries, to which it
// rounds down the time of instant ones.
func interval(span time.Duration, points int) time.Duration {
	exact := span / time.Duration(min(points, 11000))
	for _, c := range []struct{ below, step time.Duration }{
		{15 * time.Second, 15 * time.Second}, {25 * time.Second, 20 * time.Second}, {45 * time.Second, 30 * time.Second},
		{90 * time.Second, time.Minute}, {150 * time.Second, 2 * time.Minute}, {450 * time.Second, 5 * time.Minute},
		{750 * time.Second, 10 * time.Minute}, {1050 * time.Second, 15 * time.Minute}, {1500 * time.Second, 20 * time.Minute},
		{2700 * time.Second, 30 * time.Minute}, {5400 * time.Second, time.Hour},
	} {
		if exact < c.below {
			return c.step
		}
	}
	return 24 * time.Hour
}

// TestNewPrometheusIsNotEmpty: at any picked range Grafana asks for the present
// to the scrape interval, or the query looks around the time by the step.
func TestNewPrometheusIsNotEmpty(t *testing.T) {
	own := map[string]time.Duration{"5m": 5 * time.Minute, "14d": 14 * 24 * time.Hour, "31d": 31 * 24 * time.Hour, "1y": 365 * 24 * time.Hour}
	for _, f := range read(t, english) {
		for _, p := range f.panels {
			for _, q := range p.Targets {
				if p.Interval != "" || p.TimeFrom == "" && strings.Contains(q.Expr, "wx_history_") {
					continue // history has a sample a day
				}
				if !q.Instant {
					if step := interval(30*24*time.Hour, p.MaxDataPoints); step > 5*time.Minute {
						t.Errorf("%s: %s has steps of %s over 30 days", f.path, p.Title, step)
					}
					continue
				}
				span, ok := own[p.TimeFrom]
				if !ok || !p.HideTimeOverride {
					t.Fatalf("%s: %s has no range of its own that this test knows: %q", f.path, p.Title, p.TimeFrom)
				}
				switch step := interval(span, p.MaxDataPoints); {
				case step <= time.Minute:
				case step <= 5*time.Minute && strings.Contains(q.Expr, "[10m] offset -5m"):
				case step <= time.Hour && strings.Contains(q.Expr, "[2h] offset -1h"):
				default:
					t.Errorf("%s: %s is evaluated up to %s in the past: %s", f.path, p.Title, step, q.Expr)
				}
			}
		}
	}
}

// TestBoardsAreLight: what a board asks for, and that nothing is drawn as
// hairlines or by a panel that some Grafana does not have.
func TestBoardsAreLight(t *testing.T) {
	everywhere := []string{"row", "stat", "table", "barchart", "timeseries"} // from Grafana 10.2 to 12
	for _, f := range read(t, english) {
		first, open := 0, 0 // on the first screen; of all rows that are not closed
		for _, p := range f.panels {
			if p.inside == "" {
				open += len(p.Targets)
				if p.GridPos.Y < screenRows {
					first += len(p.Targets)
				}
			}
			if !slices.Contains(everywhere, p.Type) {
				t.Errorf("%s: %s is a %s", f.path, p.Title, p.Type)
			}
			if p.Type == "barchart" && len(p.Targets) > 2 {
				t.Errorf("%s: %s has %d bars a day", f.path, p.Title, len(p.Targets))
			}
		}
		if first >= 15 || open > 25 {
			t.Errorf("%s: %d queries, %d on the first screen", f.path, open, first)
		}
	}
}

// screenRows are those of the grid that a screen of 1080 pixels shows at first.
const screenRows = 22

// headWidth is about how many pixels the head of a column takes.
func headWidth(head string, funnel bool) float64 {
	w := 14.0
	if funnel {
		w += 22
	}
	for _, r := range head {
		if unicode.Is(unicode.Han, r) {
			w += 14
		} else {
			w += 7.3
		}
	}
	return w
}

// TestHeadsAreWhole: no head of a column is cut.
func TestHeadsAreWhole(t *testing.T) {
	for _, l := range languages() {
		for _, f := range read(t, l) {
			for _, p := range f.panels {
				if p.Type != "table" {
					continue
				}
				for _, o := range p.FieldConfig.Overrides {
					width, funnel := 0.0, false
					for _, x := range o.Properties {
						switch x.ID {
						case "custom.width":
							width = x.Value.(float64)
						case "custom.filterable":
							funnel = x.Value.(bool)
						}
					}
					if need := headWidth(o.Matcher.Options, funnel); width > 0 && need > width {
						t.Errorf("%s: %s: the head %q needs %.0f pixels of %.0f", f.path, p.Title, o.Matcher.Options, need, width)
					}
				}
			}
		}
	}
}

// TestPickerIsHidden: where no panel follows the picked range, nothing can be picked.
func TestPickerIsHidden(t *testing.T) {
	for _, f := range read(t, english) {
		followed := slices.ContainsFunc(f.panels, func(p filePanel) bool { return p.Type != "row" && p.TimeFrom == "" })
		if f.Timepicker.Hidden == followed {
			t.Errorf("%s: the picker is hidden: %v, a panel follows it: %v", f.path, f.Timepicker.Hidden, followed)
		}
	}
}

// TestColoursAreSeen: each colour of the palette stands out from Grafana's dark and
// light grounds, and from every other one.
func TestColoursAreSeen(t *testing.T) {
	rgb := func(hex string) (c [3]float64) {
		for i := range c {
			n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			c[i] = float64(n) / 255
		}
		return c
	}
	luminance := func(c [3]float64) (sum float64) {
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			sum += weight * math.Pow(c[i], 2.2)
		}
		return sum
	}
	contrast := func(a, b string) float64 {
		x, y := luminance(rgb(a))+0.05, luminance(rgb(b))+0.05
		return max(x, y) / min(x, y)
	}
	for i, c := range palette {
		for _, ground := range []string{"#181B1F", "#FFFFFF"} {
			if got := contrast(c, ground); got < 2.5 {
				t.Errorf("%s on %s has a contrast of %.1f", c, ground, got)
			}
		}
		for _, other := range palette[:i] {
			a, b := rgb(c), rgb(other)
			if d := math.Hypot(math.Hypot(a[0]-b[0], a[1]-b[1]), a[2]-b[2]); d < 0.15 {
				t.Errorf("%s looks like %s: %.2f", c, other, d)
			}
		}
	}
	for _, kind := range []string{"mini_source", "user_source", "read_source", "share_scene", "msg_type", "msg_interval", "publish_scene", "response", "mini_stay", "mini_depth", "ad_slot", "portrait", "phase"} {
		for _, l := range languages() {
			names := map[string]bool{l.of(name("others")): true}
			for _, c := range codesOf(kind) {
				if plural := l.of(c.name) + "s"; names[l.of(c.name)] || names[plural] {
					t.Errorf("%s: two are called %q", kind, l.of(c.name))
				}
				names[l.of(c.name)] = true
			}
			if len(codesOf(kind)) > len(palette) && kind != "mini_source" {
				t.Errorf("%d of %s, %d colours", len(codesOf(kind)), kind, len(palette))
			}
		}
	}
}

// TestTablesFit: the columns of a table take no more than its panel, on a
// screen of 1366 pixels.
func TestTablesFit(t *testing.T) {
	const screen, least = 1330, 60 // of the panels; of a column without a width
	for _, l := range languages() {
		for _, f := range read(t, l) {
			for _, p := range f.panels {
				if p.Type != "table" {
					continue
				}
				columns, wide := 0, 0.0
				for _, x := range p.Transformations {
					if o, ok := x.Options.(map[string]any); ok && x.ID == "organize" {
						columns = len(o["renameByName"].(map[string]any))
					}
				}
				for _, o := range p.FieldConfig.Overrides {
					for _, x := range o.Properties {
						if x.ID == "custom.width" {
							wide, columns = wide+x.Value.(float64), columns-1
						}
						if x.ID == "custom.minWidth" {
							wide += x.Value.(float64) - least
						}
						if x.ID == "custom.hidden" {
							columns--
						}
					}
				}
				if need := int(wide) + columns*least; need > p.GridPos.W*screen/24 {
					t.Errorf("%s: %s needs %d pixels of %d", f.path, p.Title, need, p.GridPos.W*screen/24)
				}
			}
		}
	}
}

// TestAlertsHaveWords: every alert of the rules, and no other.
func TestAlertsHaveWords(t *testing.T) {
	rules, err := os.ReadFile("../../prometheus/rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	var want, have []string
	for _, m := range regexp.MustCompile(`(?m)^ *- alert: (\w+)$`).FindAllStringSubmatch(string(rules), -1) {
		want = append(want, m[1])
	}
	for _, a := range alerts {
		have = append(have, a.code)
	}
	slices.Sort(want)
	slices.Sort(have)
	if len(want) == 0 || !slices.Equal(want, have) {
		t.Errorf("the boards name the alerts %v, the rules have %v", have, want)
	}
}

// TestLinksLead: links between boards lead to boards of the same language.
func TestLinksLead(t *testing.T) {
	for _, l := range languages() {
		uids := map[string]bool{}
		var all strings.Builder
		for _, f := range read(t, l) {
			uids[f.UID] = true
			content, err := os.ReadFile(f.path)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(content)
		}
		found := regexp.MustCompile(`"/d/([^?"]*)`).FindAllStringSubmatch(all.String(), -1)
		if len(found) == 0 {
			t.Error("no links between boards")
		}
		for _, m := range found {
			if !uids[m[1]] {
				t.Errorf("a link leads to %q, which is no board in %s", m[1], l)
			}
		}
	}
}

func TestPanelsDoNotOverlap(t *testing.T) {
	for _, f := range read(t, english) {
		taken := map[[3]any]string{} // cells of the grid, by the row that holds them
		for _, p := range f.panels {
			g := p.GridPos
			if g.X+g.W > 24 || g.W == 0 || g.H == 0 {
				t.Errorf("%s: %s leaves the grid: %+v", f.path, p.Title, g)
			}
			for x := range g.W {
				for y := range g.H {
					cell := [3]any{p.inside, g.X + x, g.Y + y}
					if other, is := taken[cell]; is {
						t.Fatalf("%s: %s lies over %s", f.path, p.Title, other)
					}
					taken[cell] = p.Title
				}
			}
		}
	}
}

// TestWorseIsRedder: along thresholds and values in their order colours only get worse,
// or only better: red is worse than orange, and orange than blue, on every board.
func TestWorseIsRedder(t *testing.T) {
	weight := map[string]int{green: 0, "transparent": 1, plain: 1, blue: 1, orange: 2, red: 3}
	seen := 0
	check := func(at string, steps []any) {
		var weights []int
		for _, s := range steps {
			c, _ := s.(map[string]any)["color"].(string)
			if w, ok := weight[c]; ok {
				weights = append(weights, w)
			}
		}
		if len(weights) > 1 {
			seen++
		}
		down := slices.Clone(weights)
		slices.Reverse(down)
		if !slices.IsSorted(weights) && !slices.IsSorted(down) {
			t.Errorf("%s: the colours of the thresholds go up and down: %v", at, steps)
		}
	}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if steps, ok := v["steps"].([]any); ok {
				check(at, steps)
			}
			if title, ok := v["title"].(string); ok {
				at += ": " + title
			}
			for _, inside := range v {
				walk(at, inside)
			}
		case []any:
			for _, inside := range v {
				walk(at, inside)
			}
		}
	}
	for _, f := range read(t, english) {
		content, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		var all any
		if err := json.Unmarshal(content, &all); err != nil {
			t.Fatal(err)
		}
		walk(f.path, all)
	}
	if seen < 20 {
		t.Errorf("%d thresholds with colours", seen)
	}
	// What stops all figures of an account is red, what stops some orange.
	for _, c := range slices.Concat(advice, alerts) {
		if c.color != red && c.color != orange && c.color != plain {
			t.Errorf("%s is %q", c.code, c.color)
		}
	}
}

// TestOneNameOneColour: what has the same name in two charts has the same colour.
func TestOneNameOneColour(t *testing.T) {
	colours := map[string]int{}
	for _, kind := range kin {
		at, taken := places(kind), map[int]string{}
		for _, c := range codesOf(kind) {
			place := at[c.code]
			if other, ok := taken[place]; ok {
				t.Errorf("%s: %s and %s have one colour", kind, c.name.en, other)
			}
			taken[place] = c.name.en
			if place >= len(palette) {
				t.Errorf("%s: %s has the colour of another", kind, c.name.en)
			}
			if other, ok := colours[c.name.en]; ok && other != place {
				t.Errorf("%s looks otherwise in %s", c.name.en, kind)
			}
			colours[c.name.en] = place
		}
	}
}

// TestEmptyPanelsSpeak: a panel without data says so in the board's language, and a
// table does not repeat that in its empty cells.
func TestEmptyPanelsSpeak(t *testing.T) {
	for _, l := range languages() {
		for _, f := range read(t, l) {
			for _, p := range f.panels {
				if p.Type == "row" {
					continue
				}
				if text := p.FieldConfig.Defaults.NoValue; text == "" || han(text) != (l == chinese) {
					t.Errorf("%s: %s is empty with %q", f.path, p.Title, text)
				}
				if p.Type == "table" && (len(p.FieldConfig.Overrides) == 0 || p.FieldConfig.Overrides[0].Matcher.Options != "/.*/" ||
					p.FieldConfig.Overrides[0].Properties[0] != property{"noValue", ""}) {
					t.Errorf("%s: %s says it in each empty cell", f.path, p.Title)
				}
			}
		}
	}
}

// TestChineseUnits: a Chinese board has no English words of Grafana's units.
func TestChineseUnits(t *testing.T) {
	for _, f := range read(t, chinese) {
		content, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(?:unit|value)": "(d|m|h|dtdhms|dtdurations|dtdurationms)"`).FindAllStringSubmatch(string(content), -1) {
			t.Errorf("%s: a figure has the unit %q", f.path, m[1])
		}
	}
}

// TestHistoryFollowsTheRange: on the board History every panel is of the picked range,
// and what tells exporters apart, which the history does not know, is not asked for.
func TestHistoryFollowsTheRange(t *testing.T) {
	for _, f := range read(t, english) {
		if f.UID != "wx-history" {
			continue
		}
		for _, p := range f.panels {
			if p.TimeFrom != "" {
				t.Errorf("%s shows %s, whatever is picked", p.Title, p.TimeFrom)
			}
		}
		for _, v := range f.Templating.List {
			if told := v.Name == "job" || v.Name == "instance"; told != (v.Hide == hidden) {
				t.Errorf("%s is hidden: %d", v.Name, v.Hide)
			}
			if v.Name == "account" && !strings.Contains(v.Definition, "wx_history_") {
				t.Errorf("accounts are those of %s", v.Definition)
			}
		}
	}
}

// TestRowsLookAlike: in a row of the accounts one cell leads on, so that no two links look
// different, and it leads to boards of the account.
func TestRowsLookAlike(t *testing.T) {
	for _, l := range languages() {
		for _, f := range read(t, l) {
			for _, p := range f.panels {
				if p.Title != l.of(panelText("overview.accounts").title) && p.Title != l.of(panelText("overview.minis").title) {
					continue
				}
				linked := 0
				for _, o := range p.FieldConfig.Overrides {
					for _, x := range o.Properties {
						if x.ID == "links" {
							linked++
							if n := len(x.Value.([]any)); n < 3 {
								t.Errorf("%s: %s leads to %d boards", f.path, o.Matcher.Options, n)
							}
						}
					}
				}
				if linked != 1 {
					t.Errorf("%s: %s: %d columns lead on", f.path, p.Title, linked)
				}
			}
		}
	}
}

// TestCodesHaveWords: every code that the exporter knows of a data API is explained.
func TestCodesHaveWords(t *testing.T) {
	codes, err := os.ReadFile("../../wxclient/codes.go")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, a := range advice {
		have[a.code] = true
	}
	found := regexp.MustCompile(`(?m)^\t(-?\d+): +\{`).FindAllStringSubmatch(string(codes), -1)
	for _, m := range found {
		if !have[m[1]] {
			t.Errorf("the boards do not explain %s", m[1])
		}
	}
	if len(found) < 30 {
		t.Errorf("%d codes", len(found))
	}
}

// TestThresholdsBelowZero: a first colour without a value is one of 0 for some of Grafana's
// code, so that figures between a threshold below 0 and 0 would have it.
func TestThresholdsBelowZero(t *testing.T) {
	seen := 0
	check := func(at string, steps []step) {
		for i, s := range steps {
			if i == 0 || s.Value == nil || *s.Value >= 0 {
				continue
			}
			if seen++; steps[0].Value == nil || *steps[0].Value >= *s.Value {
				t.Errorf("%s: nothing is below %v", at, *s.Value)
			}
		}
	}
	for _, f := range read(t, english) {
		for _, p := range f.panels {
			if p.Type == "row" {
				continue
			}
			for _, o := range p.FieldConfig.Overrides {
				for _, x := range o.Properties {
					if x.ID != "thresholds" {
						continue
					}
					var of thresholds
					content, _ := json.Marshal(x.Value)
					if err := json.Unmarshal(content, &of); err != nil {
						t.Fatal(err)
					}
					check(f.path+": "+p.Title, of.Steps)
				}
			}
		}
	}
	if seen < 5 {
		t.Errorf("%d thresholds below 0", seen)
	}
}

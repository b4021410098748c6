//go:build e2e

package prometheus_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/calendar"
)

// tile is what a tile of days shows, by /metrics.
type tile struct {
	api    string
	of     func(p page) page
	over   func(p page) page // what it is divided by; nil: nothing
	join   string            // how accounts come together; "" = their sum
	told   string            // how the change is told; "" = not at all
	good   float64           // 1 when more is better, -1 when less is
	still  float64           // changes below it, as they are told, have no colour
	red    float64           // from where on it is red; 0 = never
	suffix string            // of the figure
}

// rounding is to what a change is rounded, after it was multiplied, and its words.
var rounding = map[string]struct {
	times, perUnit float64
	words          string
}{
	"percent": {100, 10, "% on a week before"}, "points": {100, 10, " pp on a week before"}, "count": {1, 1, " on a week before"},
	"hundredths": {1, 100, " on a week before"}, "ms": {1, 1, " ms on a week before"}, "seconds": {1, 10, " s on a week before"},
}

// tiles are those of all boards.
func tiles() map[string]tile {
	of := func(metric string, match ...string) func(page) page {
		return func(p page) page { return p.only(metric, match...) }
	}
	net := func(p page) page { return append(p.only("wx_new_users"), p.only("wx_cancel_users").times(-1)...) }
	const users, messages, callbacks, published = "getusersummary", "getupstreammsg", "getinterfacesummary", "getbizsummary"
	const visits, slots = "getweanalysisappiddailyvisittrend", "publisher_adpos_general"
	followers := tile{api: "getusercumulate", of: of("wx_cumulate_users"), told: "percent", good: 1}
	growth := tile{api: users, of: net, told: "count", good: 1}
	readers := tile{api: published, of: of("wx_publish_read_users", "scene", "all"), told: "percent", good: 1, still: 2}
	sent := tile{api: messages, of: of("wx_upstream_msgs"), told: "percent", good: 1, still: 2}
	failing := tile{api: callbacks, of: of("wx_interface_failures"), over: of("wx_interface_callbacks"), told: "points", good: -1, still: 0.5, red: 0.05, suffix: "%"}
	income := func(p page) page { return p.only("wx_revenue_slot_income_fen").times(0.01) }
	return map[string]tile{
		"wx-overview: Followers": followers, "wx-overview: Net growth": growth, "wx-overview: Readers": readers, "wx-overview: Messages": sent,
		"wx-overview: Callback failure rate": failing,

		"wx-users: Followers": followers, "wx-users: Net growth": growth,
		"wx-users: New followers": {api: users, of: of("wx_new_users"), told: "percent", good: 1, still: 2},
		"wx-users: Unfollowed":    {api: users, of: of("wx_cancel_users"), told: "percent", good: -1, still: 2},

		"wx-messages: Messages": sent,
		"wx-messages: Senders":  {api: "getupstreammsgdist", of: of("wx_upstream_dist_users", "interval", "!0"), told: "percent", good: 1, still: 2},
		"wx-messages: Messages a sender": {api: messages, of: of("wx_upstream_msgs"), over: of("wx_upstream_dist_users", "interval", "!0"),
			told: "hundredths"},

		"wx-articles: Readers":     readers,
		"wx-articles: Sharers":     {api: published, of: of("wx_publish_share_users"), told: "percent", good: 1, still: 2},
		"wx-articles: Likes":       {api: published, of: of("wx_publish_like_users"), told: "percent", good: 1, still: 2},
		"wx-articles: Published":   {api: published, of: of("wx_publish_pages")},
		"wx-articles: Readers (2)": {api: "getuserread", of: of("wx_read_int_page_users", "source", "all"), told: "percent", good: 1, still: 2},
		"wx-articles: Shares":      {api: "getuserread", of: of("wx_read_shares", "source", "all"), told: "percent", good: 1, still: 2},

		"wx-interface: Failure rate":     failing,
		"wx-interface: Failed callbacks": {api: callbacks, of: of("wx_interface_failures"), told: "count", good: -1, still: 20},
		"wx-interface: Callbacks":        {api: callbacks, of: of("wx_interface_callbacks"), told: "percent"},
		"wx-interface: Average time": {api: callbacks, of: of("wx_interface_total_ms"), over: of("wx_interface_callbacks"), told: "ms", good: -1, still: 20,
			red: 1500, suffix: " ms"},
		"wx-interface: Slowest": {api: callbacks, of: of("wx_interface_max_ms"), join: "max", suffix: " ms"},

		"wx-mini: Visitors":     {api: visits, of: of("wx_mini_visitors"), told: "percent", good: 1, still: 2},
		"wx-mini: New visitors": {api: visits, of: of("wx_mini_new_visitors"), told: "percent", good: 1, still: 2},
		"wx-mini: Sessions":     {api: visits, of: of("wx_mini_sessions")},
		"wx-mini: Shares":       {api: "getweanalysisappiddailysummarytrend", of: of("wx_mini_shares")},
		"wx-mini: Time to start": {api: "get_performance", of: of("wx_mini_load_seconds", "phase", "total"), join: "mean", told: "seconds", good: -1, still: 0.5,
			suffix: " s"},

		"wx-revenue: Income (yuan)": {api: slots, of: income, told: "percent", good: 1, still: 2},
		"wx-revenue: Impressions":   {api: slots, of: of("wx_revenue_slot_impressions"), told: "percent", good: 1, still: 2},
		"wx-revenue: eCPM (yuan)": {api: slots, of: func(p page) page { return income(p).times(1000) }, over: of("wx_revenue_slot_impressions"),
			told: "hundredths", good: 1, still: 0.5},
		"wx-revenue: Click rate": {api: slots, of: of("wx_revenue_slot_clicks"), over: of("wx_revenue_slot_impressions"), told: "points", still: 0.5, suffix: "%"},
	}
}

// daily are figures by account and day.
type daily map[string]map[calendar.Day]float64

func (p page) daily() daily {
	all := daily{}
	for _, one := range p {
		account := one.labels["account"]
		if all[account] == nil {
			all[account] = map[calendar.Day]float64{}
		}
		all[account][one.day("date")] += one.value
	}
	return all
}

// on are the accounts' figures of a day each, some days before; those without it are not there.
func (d daily) on(days map[string]calendar.Day, before calendar.Day) map[string]float64 {
	figures := map[string]float64{}
	for account, day := range days {
		if v, ok := d[account][day-before]; ok {
			figures[account] = v
		}
	}
	return figures
}

// together is one figure of several accounts'.
func together(join string, of map[string]float64) float64 {
	all := slices.Collect(maps.Values(of))
	switch join {
	case "max":
		return slices.Max(append(all, math.Inf(-1)))
	case "mean":
		return sum(of) / float64(len(of))
	}
	return sum(of)
}

// figure is that of the tile some days before the newest day of each account.
func (w tile) figure(p page, before calendar.Day) float64 {
	days := p.newest(w.api)
	figure := together(w.join, w.of(p).daily().on(days, before))
	if w.over != nil {
		figure /= sum(w.over(p).daily().on(days, before))
	}
	return figure
}

// change is that on the same weekday a week before, of the accounts that have both, as the
// tile tells it.
func (w tile) change(p page) (text string) {
	r, days, of := rounding[w.told], p.newest(w.api), w.of(p).daily()
	change := w.figure(p, 0) - w.figure(p, 7)
	if w.over == nil && w.join == "" {
		now, then := of.on(days, 0), of.on(days, 7)
		maps.DeleteFunc(now, func(account string, _ float64) bool { _, ok := then[account]; return !ok })
		if change = sum(now) - sum(then); w.told == "percent" {
			change /= sum(then)
		}
	}
	text = strconv.FormatFloat(math.Floor(change*r.times*r.perUnit+0.5)/r.perUnit, 'f', -1, 64)
	switch {
	case text == "0" || text == "-0":
		text = "±0"
	case !strings.HasPrefix(text, "-"):
		text = "+" + text
	}
	return text
}

// arrow and colour of a change.
func (w tile) arrow(told string) string {
	arrow := map[string]string{"+": "▲", "-": "▼"}[told[:1]]
	n, err := strconv.ParseFloat(told, 64)
	if err != nil {
		return "= text"
	}
	switch {
	case w.good == 0 || math.Abs(n) < w.still:
		return arrow + " text"
	case n*w.good > 0:
		return arrow + " green"
	}
	return arrow + " red"
}

// graph is the tile's figure of each day that all prompt accounts have. Late ones count with
// their newest day throughout, where accounts are summed; the last point is the figure.
func (w tile) graph(p page) (points []float64) {
	newest := p.newest(w.api)
	last := slices.Max(slices.Collect(maps.Values(newest)))
	late, whole := map[string]calendar.Day{}, last
	for account, day := range newest {
		if day < last-3 {
			late[account] = day
		} else {
			whole = min(whole, day)
		}
	}
	line := func(of daily) map[calendar.Day]float64 {
		of = maps.Clone(of)
		behind := 0.0
		if w.join == "" {
			behind = sum(of.on(late, 0))
		}
		days := map[calendar.Day]map[string]float64{}
		for account, figures := range of {
			for day, v := range figures {
				if _, is := late[account]; is {
					continue
				}
				if days[day] == nil {
					days[day] = map[string]float64{}
				}
				days[day][account] = v
			}
		}
		out := map[calendar.Day]float64{}
		for day, figures := range days {
			out[day] = together(w.join, figures) + behind
		}
		return out
	}
	figures := line(w.of(p).daily())
	if w.over != nil {
		by := line(w.over(p).daily())
		maps.DeleteFunc(figures, func(day calendar.Day, _ float64) bool { return by[day] == 0 })
		for day := range figures {
			figures[day] /= by[day]
		}
	}
	maps.DeleteFunc(figures, func(day calendar.Day, _ float64) bool { return day > whole || day == last })
	for _, day := range slices.Sorted(maps.Keys(figures)) {
		points = append(points, figures[day])
	}
	return append(points, w.figure(p, 0))
}

// head is the newest day, how many accounts have it, and of how many it is asked for.
func (w tile) head(p page) string {
	newest, asked := p.newest(w.api), map[string]bool{}
	last, have := slices.Max(slices.Collect(maps.Values(newest))), 0
	for account, day := range newest {
		asked[account] = true
		if day == last {
			have++
		}
	}
	for _, one := range p.only("wx_api_state", "api", w.api, "state", "!offline") {
		if one.value == 1 {
			asked[one.labels["account"]] = true
		}
	}
	return fmt.Sprintf("%s (%d/%d)", last, have, len(asked))
}

// check: the figure, its text and colour, its day and of how many accounts it is, its
// change with arrow and colour, and each point of the graph.
func (w tile) check(t *testing.T, v view, p page) {
	t.Helper()
	if len(p.newest(w.api)) == 0 {
		if len(v.Figures) != 1 || v.Figures[0].Text != "no data" || v.Figures[0].Color != "text" {
			t.Errorf("%s: without figures it shows %v", v.key, v.Figures)
		}
		return
	}
	if want := map[bool]int{true: 1, false: 2}[w.told == ""]; len(v.Figures) != want {
		t.Errorf("%s shows %v", v.key, v.Figures)
		return
	}
	same, got := sameAs(t), v.Figures[0]
	same(v.key, got.Value, w.figure(p, 0))
	checkText(t, v.key, got.Text, got.Value, w.suffix)
	if want := map[bool]string{true: "red", false: "blue"}[w.red > 0 && got.Value >= w.red]; got.Color != want {
		t.Errorf("%s: %v is %s, want %s", v.key, got.Text, got.Color, want)
	}
	if want := w.head(p); got.Name != want {
		t.Errorf("%s is of %q, want %q", v.key, got.Name, want)
	}
	points := w.graph(p)
	if len(points) != len(got.Sparkline) {
		t.Errorf("%s draws %d days of %d", v.key, len(got.Sparkline), len(points))
	}
	for i := range min(len(points), len(got.Sparkline)) {
		same(fmt.Sprintf("%s: point %d of %d", v.key, i+1, len(points)), got.Sparkline[i], points[i])
	}
	if w.told != "" {
		told := w.change(p)
		name, arrow := told+rounding[w.told].words, w.arrow(told)
		if f := v.Figures[1]; f.Name != name || f.Text+" "+f.Color != arrow || len(f.Sparkline) > 1 {
			t.Errorf("%s: the change is %q, %s %s, /metrics says %q, %s", v.key, f.Name, f.Text, f.Color, name, arrow)
		}
	}
}

var written = regexp.MustCompile(`^(-?[\d,]+(?:\.(\d+))?)(%| ms| s|)$`)

// checkText: a text is that of a figure, rounded to the decimals that it has. Any of
// the suffixes will do when "*" is wanted.
func checkText(t *testing.T, at, text string, value float64, suffix string) bool {
	t.Helper()
	m := written.FindStringSubmatch(text)
	if m != nil && (suffix == "*" || m[3] == suffix) {
		n, _ := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", ""), 64)
		scale := map[bool]float64{true: 100, false: 1}[m[3] == "%"]
		if math.Abs(n-value*scale) <= 0.5000001*math.Pow10(-len(m[2])) {
			return true
		}
	}
	t.Errorf("%s: the figure %v is written %q", at, value, text)
	return false
}

// levels are colours of figures: each from its value on.
type levels []struct {
	from  float64
	color string
}

func (l levels) of(value float64) (color string) {
	for _, one := range l {
		if value >= one.from || math.IsInf(one.from, -1) {
			color = one.color
		}
	}
	return color
}

// coloured are the columns of tables with colours by value; "" is all of a grid's.
func coloured() map[string]map[string]levels {
	low := math.Inf(-1)
	better := levels{{low, "red"}, {-0.1, "text"}, {0.1, "green"}}
	failing, hour := levels{{low, "blue"}, {0.05, "red"}}, levels{{low, "blue"}, {0.05, "orange"}, {0.2, "red"}}
	cell := levels{{low, "transparent"}, {0.05, "orange"}, {0.2, "red"}}
	return map[string]map[string]levels{
		"wx-overview: Accounts on their newest day": {"In a week": {{low, "red"}, {-0.0005, "text"}, {0.0005, "green"}},
			"Readers: week": better, "Messages: week": better, "Failure rate": failing, "Worst hour": hour},
		"wx-overview: Mini programs on their newest day": {"In a week": better, "Income: week": better},
		"wx-overview: Callback failure rate by day":      {"": cell},
		"wx-users: Where new followers come from":        {"In a week": better},
		"wx-interface: Failure rate by hour":             {"": cell},
		"wx-interface: Average time by hour (ms)":        {"": {{low, "transparent"}, {500, "orange"}, {1500, "red"}}},
		"wx-interface: All figures":                      {"Failure rate": failing, "Average": {{low, "blue"}, {1500, "red"}}},
		"wx-revenue: The week and four weeks (yuan)":     {"In a week": better},
	}
}

// otherwise are the columns whose texts are no figures, by their names: words, times and durations.
var otherwise = []string{"Newest day", "Since the last success", "Success", "Status", "Took (95th percentile)", "Running", "Year"}

// checkCells: every figure in a table is written as what it is and, where colours have a
// meaning, in the right one.
func checkCells(t *testing.T, v view) {
	t.Helper()
	if v.panel.Type != "table" {
		return
	}
	colours, seen, wrong := coloured()[v.key], 0, 0
	checkRoom(t, v)
	for _, f := range v.Fields {
		by, ok := colours[cmp.Or(map[bool]string{true: f.Name}[colours[""] == nil])]
		for i, value := range f.Values {
			n, isNumber := value.(float64)
			if f.Type != "number" || !isNumber || slices.Contains(otherwise, f.Name) {
				continue
			}
			at := fmt.Sprintf("%s: %s in row %d", v.key, f.Name, i)
			if n == -1 && f.Texts[i] == "–" {
				continue
			}
			if wrong < 3 && !checkText(t, at, f.Texts[i], n, "*") {
				wrong++
			}
			if ok {
				seen++
				if want := by.of(n); wrong < 3 && (len(f.Colors) <= i || f.Colors[i] != want) {
					wrong++
					t.Errorf("%s: %s is %v, want %s", at, f.Texts[i], f.Colors[min(i, len(f.Colors)):], want)
				}
			}
		}
	}
	if colours != nil && seen == 0 && len(v.Fields) > 0 && len(v.Fields[0].Values) > 1 {
		t.Errorf("%s: no coloured cell was looked at", v.key)
	}
}

var monthDay, twoDigits = regexp.MustCompile(`^\d\d-\d\d$`), regexp.MustCompile(`^\d\d$`)

// checkRoom: on a screen of 1366 pixels there is room for 23 columns of days, and for six
// characters in each of 24 hours; more would be cut.
func checkRoom(t *testing.T, v view) {
	t.Helper()
	days, hours := 0, 0
	for _, f := range v.Fields {
		if monthDay.MatchString(f.Name) {
			days++
		}
		if twoDigits.MatchString(f.Name) {
			hours++
		}
	}
	if days > 23 {
		t.Errorf("%s: %d columns of days", v.key, days)
	}
	for _, f := range v.Fields {
		for _, text := range f.Texts {
			if hours == 24 && twoDigits.MatchString(f.Name) && len(text) > 6 {
				t.Errorf("%s: there is no room for %q", v.key, text)
				return
			}
		}
	}
}

//go:build e2e

package prometheus_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// check holds what a panel shows beside what /metrics says.
type check func(t *testing.T, v view, p page)

// ofExporters are the panels about the exporter itself, by a page that does not change
// but for the counters that grown knows.
func ofExporters(instance string) map[string]check {
	state := func(value float64) string { return map[bool]string{true: "green", false: "red"}[value >= 1] }
	ones := func(p page, is float64) float64 { // accounts that are up, or not
		n := 0.0
		for _, one := range p.only("wx_up") {
			if one.value == is {
				n++
			}
		}
		return n
	}
	return map[string]check{
		"wx-exporter: Exporters up": figureIs(func(page) float64 { return 1 }, state, nil),
		"wx-exporter: Accounts in order": figureIs(func(p page) float64 { return ones(p, 1) },
			func(float64) string { return "blue" }, nil),
		"wx-exporter: Accounts with a problem": figureIs(func(p page) float64 { return ones(p, 0) },
			func(n float64) string { return map[bool]string{true: "red", false: "green"}[n >= 1] }, nil),
		"wx-exporter: Open days": figureIs(func(p page) float64 { return p.only("wx_api_open_days").sum() },
			func(float64) string { return "blue" }, nil),
		"wx-exporter: Store healthy":        figureIs(func(p page) float64 { return p.only("wx_store_healthy").sum() }, state, yes),
		"wx-exporter: Configuration in use": figureIs(func(p page) float64 { return p.only("wx_exporter_config_last_reload_successful").sum() }, state, yes),
		"wx-interface: Worst hour": func(t *testing.T, v view, p page) {
			worst := 0.0
			for _, rate := range p.accounts()["Worst hour"] {
				worst = max(worst, rate)
			}
			level := coloured()["wx-overview: Accounts on their newest day"]["Worst hour"]
			figureIs(func(page) float64 { return worst }, level.of, nil)(t, v, p)
		},

		"wx-exporter: APIs":                        checkStates,
		"wx-exporter: Refused and failed requests": checkRefusals,
		"wx-exporter: Requests since the start":    checkLatency,
		"wx-exporter: Quota used":                  checkQuota,
		"wx-exporter: Rows dropped": rowsAre(func(p page) cells {
			return p.only("wx_rows_dropped_total").above(0).by(as("Rows"), "account", "api", "reason")
		}),
		"wx-exporter: Replicas": rowsAre(func(p page) cells {
			return cells{"Replicas known": {"wx_exporter|" + instance: p.only("wx_exporter_replicas").sum()}}
		}),
		"wx-exporter: Versions": rowsAre(func(p page) cells {
			l := p.only("wx_exporter_build_info")[0].labels
			return cells{"Running": {"wx_exporter|" + instance + "|" + rowKey(l, "version", "revision", "goversion"): 1}}
		}),
		"wx-exporter: Families": checkFamilies,

		"wx-exporter: Accounts polled, over time": lineIs(instance, func(p page) float64 { return float64(len(p.only("wx_up"))) }, 1),
		"wx-exporter: Memory":                     lineIs(instance, func(p page) float64 { return p.only("process_resident_memory_bytes").sum() }, 1),
		"wx-exporter: Store size":                 lineIs(instance, func(p page) float64 { return p.only("wx_store_size_bytes").sum() }, 1),
		"wx-exporter: CPU":                        lineIs(instance, func(page) float64 { return 100 * processor }, 4),
		"wx-exporter: Requests by API":            checkRequests,
	}
}

// yes are the words of what is well or not.
func yes(n float64) string { return map[bool]string{true: "yes", false: "no"}[n == 1] }

func (p page) sum() (total float64) {
	for _, one := range p {
		total += one.value
	}
	return total
}

func (p page) above(least float64) (some page) {
	return slices.DeleteFunc(slices.Clone(p), func(one point) bool { return one.value <= least })
}

// figureIs holds a tile with one figure: its value, its colour and its words.
func figureIs(want func(p page) float64, color func(float64) string, words func(float64) string) check {
	return func(t *testing.T, v view, p page) {
		t.Helper()
		if len(v.Figures) != 1 {
			t.Errorf("%s shows %v", v.key, v.Figures)
			return
		}
		f, n := v.Figures[0], want(p)
		sameAs(t)(v.key, f.Value, n)
		if f.Color != color(n) {
			t.Errorf("%s: %s is %s, want %s", v.key, f.Text, f.Color, color(n))
		}
		if words == nil {
			checkText(t, v.key, f.Text, n, "*")
		} else if f.Text != words(n) {
			t.Errorf("%s says %q of %v", v.key, f.Text, n)
		}
	}
}

// rowsAre holds a table's figures.
func rowsAre(want func(p page) cells) check {
	return func(t *testing.T, v view, p page) {
		t.Helper()
		checkCharts(t, v, want(p))
		checkCells(t, v)
	}
}

// lineIs holds an exporter's line by its highest point, within a factor: how much has grown
// in half a minute depends on when Prometheus came by.
func lineIs(instance string, want func(p page) float64, factor float64) check {
	return func(t *testing.T, v view, p page) {
		t.Helper()
		lines, n := v.lines(), want(p)
		if got, ok := lines[instance]; len(lines) != 1 || !ok || got > n*factor || got < n/factor {
			t.Errorf("%s shows %v, /metrics says %v", v.key, lines, n)
		}
	}
}

// lines are the highest points of a chart over time.
func (v view) lines() map[string]float64 {
	lines := map[string]float64{}
	for _, f := range v.Fields {
		if f.Type != "number" {
			continue
		}
		for _, value := range f.Values {
			n, _ := value.(float64)
			lines[f.Name] = max(lines[f.Name], n)
		}
	}
	return lines
}

// cell finds the texts and colours of a column by the rows' keys.
func (v view) cell(column string, keys ...string) (texts, colors map[string]string) {
	texts, colors = map[string]string{}, map[string]string{}
	columns := v.columns()
	for _, f := range v.Fields {
		if f.Name != column {
			continue
		}
		for i, text := range f.Texts {
			var key []string
			for _, k := range keys {
				key = append(key, fmt.Sprint(columns[k][i]))
			}
			texts[strings.Join(key, "|")] = text
			if len(f.Colors) > i {
				colors[strings.Join(key, "|")] = f.Colors[i]
			}
		}
	}
	return texts, colors
}

// checkStates: the state of each API in words and its colour, its newest day, and what is
// behind and open.
func checkStates(t *testing.T, v view, p page) {
	t.Helper()
	checkCharts(t, v, p.behind(v.at).and(p.only("wx_api_open_days").by(as("Open days"), "account", "api")))
	words := map[string][2]string{
		"ok": {"ok", "green"}, "open": {"open: waiting for data", "blue"}, "parked": {"parked: quota spent", "orange"},
		"offline": {"offline: switched off by WeChat", "text"}, "denied": {"denied: not granted", "orange"}, "failing": {"failing", "red"},
	}
	texts, colors := v.cell("State", "Account", "API")
	days, _ := v.cell("Newest day", "Account", "API")
	seen, wrong := 0, 0
	for _, one := range p.only("wx_api_state").above(0) {
		key, want := rowKey(one.labels, "account", "api"), words[one.labels["state"]]
		seen++
		if got := [2]string{texts[key], colors[key]}; got != want && wrong < 3 {
			wrong++
			t.Errorf("%s: %s is %q, want %q", v.key, key, got, want)
		}
	}
	if seen != len(texts) || seen == 0 {
		t.Errorf("%s has %d rows of %d", v.key, len(texts), seen)
	}
	for _, one := range p.only("wx_latest_date_timestamp_seconds") {
		if key := rowKey(one.labels, "account", "api"); days[key] != one.labels["date"] {
			t.Errorf("%s: the newest day of %s is %q, want %s", v.key, key, days[key], one.labels["date"])
		}
	}
}

// needless are codes of what WeChat has switched off, or not computed yet, and of ads that an account does not show.
var needless = []string{"47009", "45103", "48009", "61503", "2009"}

// checkRefusals: how often each code came, but for those with which nothing is wrong, and
// that what it means begins with it.
func checkRefusals(t *testing.T, v view, p page) {
	t.Helper()
	var some page
	for _, one := range p.only("wx_api_requests_total", "code", "!0").above(0) {
		if one.labels["api"] == "token" || !slices.Contains(needless, one.labels["code"]) {
			some = append(some, one)
		}
	}
	if len(some) == 0 {
		if texts, _ := v.cell("Code and what to do"); len(texts) != 1 || texts[""] != "Nothing to mend" {
			t.Errorf("%s shows %v", v.key, texts)
		}
		return
	}
	checkCharts(t, v, some.by(as("Times"), "account", "api", "code"))
	texts, colors := v.cell("Code and what to do", "Account", "API", "Code and what to do")
	for _, one := range some {
		key := rowKey(one.labels, "account", "api", "code")
		if !strings.HasPrefix(texts[key], one.labels["code"]+":") || !slices.Contains([]string{"red", "orange", "text"}, colors[key]) {
			t.Errorf("%s: %s is explained by %q in %q", v.key, key, texts[key], colors[key])
		}
	}
}

// checkLatency: how often each API was asked, and in what time 95 of 100 were answered,
// within the bucket that holds it.
func checkLatency(t *testing.T, v view, p page) {
	t.Helper()
	c := p.only("wx_api_requests_total").by(as("Times"), "api")
	buckets := map[string]map[float64]float64{}
	for _, one := range p.only("wx_api_request_duration_seconds_bucket") {
		api := one.labels["api"]
		if buckets[api] == nil {
			buckets[api] = map[float64]float64{}
		}
		le, _ := strconv.ParseFloat(one.labels["le"], 64)
		buckets[api][le] += one.value
	}
	for api, of := range buckets {
		rank, below, from := 0.95*of[math.Inf(1)], 0.0, 0.0
		for _, le := range slices.Sorted(maps.Keys(of)) {
			if of[le] >= rank && rank > 0 {
				if !math.IsInf(le, 1) {
					from += (le - from) * (rank - below) / (of[le] - below)
				}
				c.add("Took (95th percentile)", api, from)
				break
			}
			below, from = of[le], le
		}
	}
	// One API goes on being asked meanwhile.
	if before, now := c["Times"][growing], shownIn(v)["Times"][growing]; now > before && now < before+requests*3600 {
		c["Times"][growing] = now
	}
	checkCharts(t, v, c)
}

// checkQuota: the twenty highest shares of daily quotas. Of equal ones any may be there.
func checkQuota(t *testing.T, v view, p page) {
	t.Helper()
	limits := p.only("wx_api_quota_limit").by(as(""), "account", "api")[""]
	used := map[string]float64{}
	for _, one := range p.only("wx_api_quota_used") {
		if key := rowKey(one.labels, "account", "api"); limits[key] > 0 {
			used[key] = one.value / limits[key]
		}
	}
	all := slices.SortedFunc(maps.Values(used), func(a, b float64) int { return cmp.Compare(b, a) })
	shown := shownIn(v)["Used"]
	if got := slices.SortedFunc(maps.Values(shown), func(a, b float64) int { return cmp.Compare(b, a) }); !slices.Equal(got, all[:min(20, len(all))]) {
		t.Errorf("%s shows %v, /metrics says %v", v.key, got, all)
	}
	for key, n := range shown {
		sameAs(t)(v.key+" of "+key, n, used[key])
	}
	checkCells(t, v)
}

// checkFamilies: whether the last poll of each family succeeded, how long it took, and how
// long ago the last success was.
func checkFamilies(t *testing.T, v view, p page) {
	t.Helper()
	c := p.only("wx_collector_success").by(as("Success"), "account", "collector").
		and(p.only("wx_collector_duration_seconds").by(as("Took"), "account", "collector"))
	now, texts := float64(v.at.Unix()), map[string]string{}
	for _, one := range p.only("wx_collector_success") {
		key := rowKey(one.labels, "account", "collector")
		since := now
		for _, last := range p.only("wx_collector_last_success_timestamp_seconds", "account", one.labels["account"], "collector", one.labels["collector"]) {
			since -= last.value
		}
		c.add("Since the last success", key, since)
		texts[key] = yes(one.value)
		if since == now {
			texts[key] += ", never"
		}
	}
	checkCharts(t, v, c)
	words, colors := v.cell("Success", "Account", "Family")
	ago, _ := v.cell("Since the last success", "Account", "Family")
	for key, want := range texts {
		got := words[key]
		if ago[key] == "never" {
			got += ", never"
		}
		if got != want || colors[key] != map[string]string{"yes": "green", "no": "red"}[words[key]] {
			t.Errorf("%s: %s says %q in %s, want %q", v.key, key, got, colors[key], want)
		}
	}
}

// checkRequests: of what is asked at all, as many requests as grown adds in the thirty
// seconds that the query looks at, within the factor that lineIs says why.
func checkRequests(t *testing.T, v view, p page) {
	t.Helper()
	const looked, factor = 30 * time.Second, 4
	lines, want := v.lines(), requests*looked.Seconds()
	maps.DeleteFunc(lines, func(api string, n float64) bool {
		return n == 0 || strings.HasPrefix(api, askedOnce) // 0: that of all, before anything was asked twice
	})
	if n, ok := lines[growing]; len(lines) != 1 || !ok || n > want*factor || n < want/factor {
		t.Errorf("%s shows %v, want %v of %s", v.key, lines, want, growing)
	}
}

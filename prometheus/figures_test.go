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
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

// figures are what /metrics says of accounts: the newest days' figures by
// account, those of a week before, those of every day, and the newest date, by the
// panels' names.
type figures struct {
	now, before map[string]map[string]float64
	daily       map[string]map[string]map[string]float64 // by name, account and date
	date        map[string]string
	have        map[string]int
	accounts    int
	newest      map[string]string // an account's newest day of followers

	worst map[string]float64 // the highest share of failed callbacks in an hour of an account
}

var sample = regexp.MustCompile(`(\w+)="((?:[^"\\]|\\.)*)"`)

func figuresOf(samples map[string]string, accounts []string) figures {
	type point struct {
		metric string
		labels map[string]string
		value  float64
	}
	var points []point
	newest := map[[2]string]string{} // by account and API
	for series, text := range samples {
		metric, rest, _ := strings.Cut(series, "{")
		labels := map[string]string{}
		for _, m := range sample.FindAllStringSubmatch(rest, -1) {
			labels[m[1]] = m[2]
		}
		value, _ := strconv.ParseFloat(text, 64)
		points = append(points, point{metric, labels, value})
		if key := [2]string{labels["account"], labels["api"]}; metric == "wx_latest_date_timestamp_seconds" && labels["date"] > newest[key] {
			newest[key] = labels["date"]
		}
	}
	f := figures{
		now: map[string]map[string]float64{}, before: map[string]map[string]float64{}, daily: map[string]map[string]map[string]float64{},
		date: map[string]string{}, have: map[string]int{}, accounts: len(accounts), newest: map[string]string{},
	}
	failed, asked := map[[3]string]float64{}, map[[3]string]float64{} // by account, date and hour
	for _, p := range points {
		hour := [3]string{p.labels["account"], p.labels["date"], p.labels["hour"]}
		switch p.metric {
		case "wx_interface_hourly_failures":
			failed[hour] = p.value
		case "wx_interface_hourly_callbacks":
			asked[hour] = p.value
		}
	}
	f.worst = map[string]float64{}
	for hour, n := range failed {
		f.worst[hour[0]] = max(f.worst[hour[0]], n/max(asked[hour], 50))
	}
	for key, date := range newest {
		if key[1] == "getusercumulate" {
			f.newest[key[0]] = date
		}
	}
	for _, m := range []struct {
		name, metric, api, scene string
		sign                     float64
	}{
		{"Followers", "wx_cumulate_users", "getusercumulate", "", 1},
		{"Net growth", "wx_new_users", "getusersummary", "", 1}, {"Net growth", "wx_cancel_users", "getusersummary", "", -1},
		{"Readers", "wx_publish_read_users", "getbizsummary", "all", 1},
		{"Messages", "wx_upstream_msgs", "getupstreammsg", "", 1},
		{"Failed callbacks", "wx_interface_failures", "getinterfacesummary", "", 1},
		{"callbacks", "wx_interface_callbacks", "getinterfacesummary", "", 1},
	} {
		if f.now[m.name] == nil {
			f.now[m.name], f.before[m.name] = map[string]float64{}, map[string]float64{}
			f.daily[m.name] = map[string]map[string]float64{}
		}
		for key, date := range newest {
			if key[1] == m.api && date > f.date[m.name] {
				f.date[m.name] = date
			}
		}
		f.have[m.name] = 0
		for key, date := range newest {
			if key[1] == m.api && date == f.date[m.name] {
				f.have[m.name]++
			}
		}
		for _, p := range points {
			if p.metric != m.metric || p.labels["scene"] != m.scene {
				continue
			}
			account := p.labels["account"]
			if f.daily[m.name][account] == nil {
				f.daily[m.name][account] = map[string]float64{}
			}
			f.daily[m.name][account][p.labels["date"]] += m.sign * p.value
			day, _ := time.Parse(time.DateOnly, newest[[2]string{account, m.api}])
			switch p.labels["date"] {
			case day.Format(time.DateOnly):
				f.now[m.name][account] += m.sign * p.value
			case day.AddDate(0, 0, -7).Format(time.DateOnly):
				f.before[m.name][account] += m.sign * p.value
			}
		}
	}
	return f
}

func sum(of map[string]float64) (total float64) {
	for _, v := range of {
		total += v
	}
	return total
}

// sameAs compares figures but for their rounding.
func sameAs(t *testing.T) func(what string, got, want float64) {
	return func(what string, got, want float64) {
		t.Helper()
		if math.IsNaN(want) || math.Abs(got-want) > 1e-9*max(1, math.Abs(want)) {
			t.Errorf("%s: %v, /metrics says %v", what, got, want)
		}
	}
}

// checkFigures: every figure of the overview's tiles, of its table of accounts and
// of its charts is that of /metrics.
func checkFigures(t *testing.T, views []view, f figures) {
	same := sameAs(t)
	tiles := 0
	for _, v := range views {
		if v.panel.Type != "stat" || slices.Contains(problemCounts, v.panel.Title) {
			continue
		}
		tiles++
		name := v.panel.Title
		var now float64
		var told string
		switch name {
		case "Callback failure rate":
			name = "Failed callbacks"
			now = sum(f.now[name]) / sum(f.now["callbacks"])
			told = signed(100*(now-sum(f.before[name])/sum(f.before["callbacks"])), 0.1) + " pp on a week before"
		case "Net growth":
			now = sum(f.now[name])
			told = signed(now-sum(f.before[name]), 1) + " on a week before"
		default:
			now = sum(f.now[name])
			told = signed(100*(now/sum(f.before[name])-1), 0.1) + "% on a week before"
		}
		if len(v.Figures) != 2 {
			t.Fatalf("%s shows %v", v.panel.Title, v.Figures)
		}
		same(v.panel.Title, v.Figures[0].Value, now)
		arrow := map[byte]string{'+': "▲", '-': "▼", "±"[0]: "="}[told[0]]
		if got := v.Figures[1]; got.Name != told || got.Text != arrow || len(got.Sparkline) > 1 {
			t.Errorf("the change of %s is told as %q %q, /metrics says %q %q", v.panel.Title, got.Name, got.Text, told, arrow)
		}
		checkSparkline(t, v, f, same)
		if want := fmt.Sprintf("%s (%d/%d)", f.date[name], f.have[name], f.accounts); v.Figures[0].Name != want {
			t.Errorf("%s is of %q, want %q", v.panel.Title, v.Figures[0].Name, want)
		}
	}
	if tiles != 5 {
		t.Errorf("%d tiles", tiles)
	}
	tables, charts, grids := 0, 0, 0
	for _, v := range views {
		name, of, _ := strings.Cut(v.panel.Title, ",")
		name = strings.TrimSuffix(name, " a day")
		switch {
		case v.panel.Title == "Accounts on their newest day":
			checkAccounts(t, v, f, same)
			tables++
		case v.panel.Title == "Callback failure rate by day":
			checkGrid(t, v, threeWeeks(f.dailyOf("Callback failure rate")), same)
			grids++
		case of == " top ten accounts":
			checkChart(t, v, f.dailyOf(name), same)
			charts++
		}
	}
	if tables != 1 || charts != 5 || grids != 1 {
		t.Errorf("%d tables of accounts, %d charts and %d grids", tables, charts, grids)
	}
}

// signed is a change as a tile tells it, rounded to.
func signed(change, to float64) string {
	n := math.Floor(change/to+0.5) * to
	text := strconv.FormatFloat(n, 'f', map[float64]int{1: 0, 0.1: 1}[to], 64)
	if text = strings.TrimSuffix(text, ".0"); text == "0" || text == "-0" {
		return "±0"
	}
	if n > 0 {
		return "+" + text
	}
	return text
}

// checkSum: the chart of all accounts' followers shows the sum of every day that all
// accounts have: one that is late makes no fall.
func checkSum(t *testing.T, views []view, f figures) {
	t.Helper()
	i := slices.IndexFunc(views, func(v view) bool { return v.panel.Title == "Followers at the end of each day" })
	if i < 0 {
		t.Fatal("no chart of followers")
	}
	whole, last := byDate(f.daily["Followers"]), slices.Min(slices.Collect(maps.Values(f.newest)))
	maps.DeleteFunc(whole, func(date string, _ float64) bool { return date > last })
	checkChart(t, views[i], map[string]map[string]float64{"Followers": whole}, sameAs(t))
}

// common is the newest date that all accounts have.
func common(daily map[string]map[string]float64) string {
	var newest []string
	for _, days := range daily {
		newest = append(newest, slices.Max(slices.Collect(maps.Keys(days))))
	}
	return slices.Min(newest)
}

// byDate is the sum over accounts of each date.
func byDate(daily map[string]map[string]float64) map[string]float64 {
	sums := map[string]float64{}
	for _, days := range daily {
		for date, n := range days {
			sums[date] += n
		}
	}
	return sums
}

// checkSparkline: a tile draws the sum of each day that all accounts have and, on
// the newest one, its figure.
func checkSparkline(t *testing.T, v view, f figures, same func(string, float64, float64)) {
	name := v.panel.Title
	of, over := f.daily[name], map[string]map[string]float64(nil)
	if name == "Callback failure rate" {
		of, over = f.daily["Failed callbacks"], f.daily["callbacks"]
	}
	sums, all := byDate(of), byDate(over)
	dates := slices.Sorted(maps.Keys(sums))
	whole, last := common(of), f.date[cmp.Or(map[string]string{"Callback failure rate": "Failed callbacks"}[name], name)]
	dates = slices.DeleteFunc(dates, func(date string) bool { return date > whole && date < last })
	if len(dates) < 7 || len(dates) != len(v.Figures[0].Sparkline) {
		t.Errorf("%s draws %d days of %d", name, len(v.Figures[0].Sparkline), len(dates))
		return
	}
	for i, date := range dates {
		want := sums[date]
		if over != nil {
			want /= all[date]
		}
		if i == len(dates)-1 {
			want = v.Figures[0].Value // which is that of every account's newest day
		}
		same(fmt.Sprintf("%s: the graph on %s", name, date), v.Figures[0].Sparkline[i], want)
	}
}

// checkGrid: every cell is the figure of its account and day, and none is missing.
func checkGrid(t *testing.T, v view, daily map[string]map[string]float64, same func(string, float64, float64)) {
	t.Helper()
	var accounts []any
	shown := map[string]int{}
	for _, field := range v.Fields {
		if field.Name == "Account" {
			accounts = field.Values
			continue
		}
		for i, value := range field.Values {
			if got, isNumber := value.(float64); isNumber {
				account := accounts[i].(string)
				shown[account]++
				same(fmt.Sprintf("%s: %s on %s", v.panel.Title, account, field.Name), got, on(daily[account], field.Name))
			}
		}
	}
	if len(accounts) != min(20, len(daily)) {
		t.Errorf("%s: %d of %d accounts", v.panel.Title, len(accounts), len(daily))
	}
	for account, days := range shown {
		if days != len(daily[account]) {
			t.Errorf("%s: %d days of %s, /metrics has %d", v.panel.Title, days, account, len(daily[account]))
		}
	}
}

// threeWeeks are the figures of the newest 21 days of all.
func threeWeeks(daily map[string]map[string]float64) map[string]map[string]float64 {
	days := slices.Sorted(maps.Keys(byDate(daily)))
	for _, figures := range daily {
		maps.DeleteFunc(figures, func(date string, _ float64) bool { return date < days[max(0, len(days)-21)] })
	}
	return daily
}

// on is the figure of a day of a window by its month and day.
func on(days map[string]float64, monthDay string) float64 {
	for date, n := range days {
		if strings.HasSuffix(date, "-"+monthDay) {
			return n
		}
	}
	return math.NaN()
}

// dailyOf is the figures of every day by account, by a chart's name.
func (f figures) dailyOf(name string) map[string]map[string]float64 {
	rates := map[string]map[string]float64{}
	switch name {
	case "Growth of followers":
		for account, days := range f.daily["Followers"] {
			first := days[slices.Min(slices.Collect(maps.Keys(days)))]
			rates[account] = map[string]float64{}
			for date, n := range days {
				rates[account][date] = n/first - 1
			}
		}
		return rates
	case "Callback failure rate":
	default:
		return f.daily[name]
	}
	for account, days := range f.daily["callbacks"] {
		rates[account] = map[string]float64{}
		for date, n := range days {
			if n > 0 {
				rates[account][date] = f.daily["Failed callbacks"][account][date] / n
			}
		}
	}
	return rates
}

// checkChart: a chart shows, of up to ten accounts or their sum, the figure of each
// day that /metrics has.
func checkChart(t *testing.T, v view, daily map[string]map[string]float64, same func(string, float64, float64)) {
	var dates []string
	curves := 0
	for _, field := range v.Fields {
		days := daily[field.Name]
		switch {
		case dates == nil:
			for _, at := range field.Values {
				date, isText := at.(string)
				if ms, isTime := at.(float64); isTime && !isText {
					date = time.UnixMilli(int64(ms)).In(calendar.Beijing).Format(time.DateOnly)
				}
				dates = append(dates, date)
			}
		case days == nil:
			t.Errorf("%s: /metrics knows no account %q", v.panel.Title, field.Name)
		default:
			curves++
			shown := 0
			for i, value := range field.Values {
				if got, isNumber := value.(float64); isNumber {
					shown++
					same(fmt.Sprintf("%s: %s on %s", v.panel.Title, field.Name, dates[i]), got, days[dates[i]])
				}
			}
			if shown != len(days) {
				t.Errorf("%s: %d days of %s, /metrics has %d", v.panel.Title, shown, field.Name, len(days))
			}
		}
	}
	if curves != min(10, len(daily)) {
		t.Errorf("%s: %d of %d accounts", v.panel.Title, curves, len(daily))
	}
}

// columns are a table's values by the names of its columns.
func (v view) columns() map[string][]any {
	columns := map[string][]any{}
	for _, field := range v.Fields {
		columns[field.Name] = field.Values
	}
	return columns
}

func checkAccounts(t *testing.T, v view, f figures, same func(string, float64, float64)) {
	columns := v.columns()
	if len(columns["Account"]) != f.accounts {
		t.Fatalf("accounts %v in %v", columns["Account"], slices.Collect(maps.Keys(columns)))
	}
	for i, a := range columns["Account"] {
		account := a.(string)
		for _, name := range []string{"Followers", "Net growth", "Readers", "Messages"} {
			got, _ := columns[name][i].(float64)
			same(name+" of "+account, got, f.now[name][account])
		}
		for column, name := range map[string]string{"In a week": "Followers", "Readers: week": "Readers", "Messages: week": "Messages"} {
			if got, _ := columns[column][i].(float64); f.before[name][account] > 0 {
				same(column+" of "+account, got, f.now[name][account]/f.before[name][account]-1)
			}
		}
		if f.newest[account] == "" {
			continue // it has no figures
		}
		if ms, _ := columns["Newest day"][i].(float64); time.UnixMilli(int64(ms)).UTC().Format(time.DateOnly) != f.newest[account] {
			t.Errorf("newest day of %s: %v, /metrics says %s", account, columns["Newest day"][i], f.newest[account])
		}
		got, _ := columns["Failure rate"][i].(float64)
		same("Failure rate of "+account, got, f.now["Failed callbacks"][account]/f.now["callbacks"][account])
		got, _ = columns["Worst hour"][i].(float64)
		same("Worst hour of "+account, got, f.worst[account])
	}
}

// checkAlone: the overview of an account without articles has its other figures.
func checkAlone(t *testing.T, views []view, samples map[string]string) {
	t.Helper()
	f, looked := figuresOf(samples, []string{"alone"}), 0
	for _, v := range views {
		switch name := v.panel.Title; name {
		case "Readers":
			looked++
			if len(v.Figures) != 1 || v.Figures[0].Text != "no data" {
				t.Errorf("readers without an article: %v", v.Figures)
			}
		case "Followers", "Net growth", "Messages":
			looked++
			if len(v.Figures) != 2 || v.Figures[0].Value != f.now[name]["alone"] {
				t.Errorf("%s: %v, /metrics says %v", name, v.Figures, f.now[name])
			}
		case "Accounts on their newest day":
			looked++
			columns := v.columns()
			for _, name := range []string{"Followers", "Net growth", "Messages"} {
				if got := columns[name]; len(got) != 1 || got[0] != f.now[name]["alone"] {
					t.Errorf("%s of the account: %v, /metrics says %v", name, got, f.now[name])
				}
			}
		}
	}
	if looked != 5 {
		t.Errorf("%d panels of 5", looked)
	}
}

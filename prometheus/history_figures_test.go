//go:build e2e

package prometheus_test

import (
	"bufio"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

// told is a sample of the history.
type told struct {
	metric string
	labels map[string]string
	at     time.Time
	value  float64
}

// historyIn reads the metrics of a file in OpenMetrics that some boards' panels ask for.
func historyIn(t *testing.T, path string, metrics ...string) (all []told) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		metric, rest, ok := strings.Cut(lines.Text(), "{")
		if metric, _ = strings.CutPrefix(metric, "wx_history_"); !ok || !slices.Contains(metrics, metric) {
			continue
		}
		i := strings.LastIndexByte(rest, '}')
		parts, labels := strings.Fields(rest[i+1:]), map[string]string{}
		for _, m := range sample.FindAllStringSubmatch(rest[:i], -1) {
			labels[m[1]] = m[2]
		}
		value, _ := strconv.ParseFloat(parts[0], 64)
		seconds, _ := strconv.ParseFloat(parts[1], 64)
		all = append(all, told{metric, labels, time.Unix(int64(seconds), 0), value})
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		t.Fatalf("%d samples: %v", len(all), err)
	}
	return all
}

// periods sums a metric by the last day of the n days that end with each day.
func periods(all []told, metric string, n calendar.Day, keep func(labels map[string]string) bool) map[calendar.Day]float64 {
	sums := map[calendar.Day]float64{}
	for _, one := range all {
		if one.metric != metric || keep != nil && !keep(one.labels) {
			continue
		}
		for d := range n {
			sums[calendar.DayOf(one.at)+d] += one.value
		}
	}
	return sums
}

// checkHistoryLines holds the lines of the board History beside the exported file: those of
// the newest year at least, and of weeks that are whole.
func checkHistoryLines(t *testing.T, all []told, views []view) (looked []string) {
	t.Helper()
	const year = 364
	week := func(metric string) map[calendar.Day]float64 { return periods(all, metric, 7, nil) }
	less := func(a, b map[calendar.Day]float64) map[calendar.Day]float64 {
		out := map[calendar.Day]float64{}
		for d, n := range a {
			out[d] = n - b[d]
		}
		return out
	}
	before := func(a map[calendar.Day]float64) map[calendar.Day]float64 {
		out := map[calendar.Day]float64{}
		for d, n := range a {
			out[d+year] = n
		}
		return out
	}
	both := func(a map[calendar.Day]float64) map[string]map[calendar.Day]float64 {
		return map[string]map[calendar.Day]float64{"Now": a, "A year before": before(a)}
	}
	rate := map[calendar.Day]float64{}
	failed := week("interface_failures")
	for d, n := range week("interface_callbacks") {
		rate[d] = failed[d] / n
	}
	followers, readers := map[string]map[calendar.Day]float64{}, map[string]map[calendar.Day]float64{}
	for _, one := range all {
		account, scene := one.labels["account"], one.labels["scene"]
		if one.metric == "cumulate_users" && followers[account] == nil {
			followers[account] = periods(all, one.metric, 1, func(l map[string]string) bool { return l["account"] == account })
		}
		if one.metric == "publish_read_users" && scene != "all" && readers[scene] == nil {
			name := coded("scene", "publish_scene")(one.labels)
			readers[scene] = nil
			sums := periods(all, one.metric, 7, func(l map[string]string) bool { return l["scene"] == scene })
			for d := range sums {
				sums[d] /= 7
			}
			readers[name] = sums
		}
	}
	maps.DeleteFunc(readers, func(_ string, days map[calendar.Day]float64) bool { return days == nil })
	for title, want := range map[string]struct {
		lines map[string]map[calendar.Day]float64
		ends  calendar.Day // days from a step to the last day that it is about
	}{
		"Followers": {followers, 0},
		"Net growth a week, against the year before":               {both(less(week("new_users"), week("cancel_users"))), 3},
		"New and lost followers a week":                            {map[string]map[calendar.Day]float64{"New": week("new_users"), "Unfollowed": week("cancel_users")}, 3},
		"Messages a week, against the year before":                 {both(week("upstream_msgs")), 3},
		"Published articles a week, against the year before":       {both(week("publish_pages")), 3},
		"Callbacks a week, against the year before":                {both(week("interface_callbacks")), 3},
		"Callback failure rate a week":                             {map[string]map[calendar.Day]float64{"Failure rate": rate}, 3},
		"Readers a day by where they came from, average of 7 days": {readers, 0},
	} {
		i := slices.IndexFunc(views, func(v view) bool { return v.panel.Title == title })
		checkLines(t, views[i], want.lines, want.ends)
		looked = append(looked, title)
	}
	return looked
}

// checkLines holds each point of each line.
func checkLines(t *testing.T, v view, lines map[string]map[calendar.Day]float64, ends calendar.Day) {
	t.Helper()
	seen, wrong := map[string]int{}, 0
	var at []any
	for _, f := range v.Fields {
		if f.Type == "time" {
			at = f.Values
			continue
		}
		want, ok := lines[f.Name]
		if !ok {
			t.Errorf("%s: a line %q, want %v", v.panel.Title, f.Name, slices.Collect(maps.Keys(lines)))
			continue
		}
		for i, value := range f.Values {
			ms, _ := at[i].(float64)
			day := calendar.Day(int64(ms)/86400_000) + ends
			n, isNumber := value.(float64)
			if !isNumber {
				continue
			}
			seen[f.Name]++
			if off := math.Abs(n - want[day]); off > 1e-9*max(1, math.Abs(want[day])) {
				if wrong++; wrong <= 3 {
					t.Errorf("%s: %s up to %s is %v, the history says %v", v.panel.Title, f.Name, day, n, want[day])
				}
			}
		}
	}
	for name := range lines {
		if least := map[bool]int{true: 3, false: 45}[name == "A year before"]; seen[name] < least {
			t.Errorf("%s: %d points of %s", v.panel.Title, seen[name], name)
		}
	}
}

// checkHistoryHours holds the averages of hours over four weeks, by weekday.
func checkHistoryHours(t *testing.T, all []told, views []view) string {
	t.Helper()
	const title = "Messages by weekday and hour, the last four weeks"
	i := slices.IndexFunc(views, func(v view) bool { return v.panel.Title == title })
	v := views[i]
	hours := map[time.Time]float64{} // by the begin of the hour
	for _, one := range all {
		if one.metric == "upstream_hourly_msgs" {
			hours[one.at.Truncate(time.Hour)] += one.value
		}
	}
	sums, n := cells{}, cells{}
	for begin, messages := range hours {
		if end := begin.Add(time.Hour); end.After(v.at) || !end.After(v.at.Add(-28*24*time.Hour)) {
			continue
		}
		day := calendar.DayOf(begin)
		weekday, hour := fmt.Sprint(int(day-day.Monday())+1), begin.In(calendar.Beijing).Format("15")
		sums.add(hour, weekday, messages)
		n.add(hour, weekday, 1)
	}
	v.key = title
	checkCharts(t, v, divided(sums, n))
	return title
}

//go:build e2e

package prometheus_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestComposeHistory does what docker compose does to fill the dashboard History, with
// its own commands, and looks at two years on it: every panel has data, in both
// languages, and its figures are those of the simulated WeChat.
func TestComposeHistory(t *testing.T) {
	installGrafana(t)
	harness.SameDay(t)
	var compose struct {
		Services map[string]struct{ Command []string }
	}
	if err := yaml.Unmarshal(read(t, "../docker-compose.yml"), &compose); err != nil {
		t.Fatal(err)
	}
	dir, bin := t.TempDir(), t.TempDir()
	for name, path := range map[string]string{"promtool": tool(t, "promtool"), "wx_exporter": harness.Build(t)} {
		if err := os.Symlink(path, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "prometheus"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	here := strings.NewReplacer("/data/", dir+"/", "/prometheus", filepath.Join(dir, "prometheus"))
	exporter := harness.Start(t, harness.Build(t), compose.Services["wx_exporter"].Command...)
	var flags []string
	for _, flag := range compose.Services["history"].Command {
		flags = append(flags, here.Replace(flag))
	}
	run(t, "wx_exporter", flags...)
	for range 2 { // the second time is that of the next docker compose up
		run(t, "sh", "-euc", here.Replace(compose.Services["blocks"].Command[0]))
	}
	blocks, err := filepath.Glob(filepath.Join(dir, "prometheus", "*", "meta.json"))
	if err != nil || len(blocks) < 20 || len(blocks) > 80 {
		t.Errorf("%d blocks: %v", len(blocks), err)
	}
	config := harness.Write(t, dir, "prometheus.yml", fmt.Sprintf("global: {scrape_interval: 1s}\nscrape_configs: [{job_name: wx_exporter, static_configs: [{targets: [%q]}]}]\n", strings.TrimPrefix(exporter.URL, "http://")))
	p := &prometheus{harness.Start(t, tool(t, "prometheus"), append([]string{"--config.file=" + config}, keeping(here, compose.Services["prometheus"].Command)...)...).URL}
	p.ready(t)
	harness.Eventually(t, "Prometheus has scraped", func() bool { return len(p.query(t, lasting("wx_up"))) == len(demoNames()) })
	wechat := wxtest.Demo(time.Now)
	for _, language := range []string{"en", "zh"} {
		views := p.look(t, historyOf(t, language), 2*365*24*time.Hour)
		for _, v := range views {
			if len(v.Fields) < 2 || len(v.Fields[0].Values) == 0 {
				t.Errorf("%s: %s has no data", language, v.panel.Title)
			}
		}
		if language == "en" {
			checkComparison(t, wechat, views)
			checkMonths(t, wechat, views)
			all := historyIn(t, filepath.Join(dir, "history.om"), "cumulate_users", "new_users", "cancel_users", "upstream_msgs", "upstream_hourly_msgs",
				"publish_pages", "publish_read_users", "interface_callbacks", "interface_failures")
			held := append(checkHistoryLines(t, all, views), checkHistoryHours(t, all, views), "Four weeks against those before, and the year before", "Net growth by year and month")
			for _, v := range views {
				if !slices.Contains(held, v.panel.Title) {
					t.Errorf("%s: no check holds it", v.panel.Title)
				}
			}
		}
	}
	checkFourWeeksBefore(t, wechat, p.look(t, boardOf(t, "wx-overview"), time.Hour))
}

// keeping are the flags of a program without those of its configuration and address.
func keeping(here *strings.Replacer, command []string) (flags []string) {
	for _, flag := range command {
		if !strings.HasPrefix(flag, "--config.file=") {
			flags = append(flags, here.Replace(flag))
		}
	}
	return flags
}

// historyOf is the dashboard History.
func historyOf(t *testing.T, language string) (b board) {
	t.Helper()
	if err := json.Unmarshal(read(t, filepath.Join("..", "dashboards", language, historyBoard+".json")), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// total is the sum of a field of an API over the demo's accounts and the days from one
// to another.
func total(t *testing.T, w *wxtest.WeChat, api, field string, from, to calendar.Day) (sum float64) {
	t.Helper()
	for _, a := range wxtest.DemoAccounts() {
		for d := from; d <= to; d++ {
			for _, raw := range w.Rows(a.AppID, api, d) {
				var row map[string]any
				if err := json.Unmarshal(raw, &row); err != nil {
					t.Fatal(err)
				}
				if n, ok := row[field].(float64); ok {
					sum += n
				}
			}
		}
	}
	return sum
}

// lastFull is the last day of the four weeks that the board compares: the day before
// yesterday, or a day later from noon on.
func lastFull(now time.Time) calendar.Day { return calendar.DayOf(now.Add(-36 * time.Hour)) }

func checkComparison(t *testing.T, w *wxtest.WeChat, views []view) {
	t.Helper()
	same, last := sameAs(t), lastFull(time.Now())
	i := slices.IndexFunc(views, func(v view) bool { return strings.HasPrefix(v.panel.Title, "Four weeks") })
	rows := rowsOf(views[i], "Figure")
	for name, of := range map[string][2]string{
		"New": {"getusersummary", "new_user"}, "Unfollowed": {"getusersummary", "cancel_user"}, "Messages": {"getupstreammsg", "msg_count"},
		"Callbacks": {"getinterfacesummary", "callback_count"}, "Failed callbacks": {"getinterfacesummary", "fail_count"},
	} {
		sum := func(days calendar.Day) float64 { return total(t, w, of[0], of[1], last-27-days, last-days) }
		same(name+", 28 days", rows[name]["Last 28 days"], sum(0))
		same(name+", 28 days before", rows[name]["28 days before"], sum(28))
		same(name+", change", rows[name]["Change"], sum(0)/sum(28)-1)
		same(name+", a year before", rows[name]["The same a year before"], sum(364))
		same(name+", change in a year", rows[name]["Change in a year"], sum(0)/sum(364)-1)
	}
	followers := func(days calendar.Day) float64 {
		return total(t, w, "getusercumulate", "cumulate_user", last-days, last-days)
	}
	same("followers", rows["Followers"]["Last 28 days"], followers(0))
	same("followers a year before", rows["Followers"]["The same a year before"], followers(364))
	if len(rows) != 7 {
		t.Errorf("%d rows: %v", len(rows), rows)
	}
}

// checkMonths: whole months have the net growth of their days.
func checkMonths(t *testing.T, w *wxtest.WeChat, views []view) {
	t.Helper()
	i := slices.IndexFunc(views, func(v view) bool { return strings.HasPrefix(v.panel.Title, "Net growth by year") })
	rows, same, months := rowsOf(views[i], "Year"), sameAs(t), 0
	for back := 1; back < 24; back++ {
		now := time.Now().In(calendar.Beijing)
		first := time.Date(now.Year(), now.Month()-time.Month(back), 1, 0, 0, 0, 0, calendar.Beijing)
		from, to := calendar.DayOf(first), calendar.DayOf(first.AddDate(0, 1, -1))
		if to > w.Newest() {
			continue // it has just ended
		}
		months++
		want := total(t, w, "getusersummary", "new_user", from, to) - total(t, w, "getusersummary", "cancel_user", from, to)
		same(first.Format("net growth of 2006-01"), rows[first.Format("2006")][first.Format("01")], want)
	}
	if months < 22 {
		t.Errorf("%d months", months)
	}
}

// checkFourWeeksBefore: the overview has the four weeks before its window from the history.
func checkFourWeeksBefore(t *testing.T, w *wxtest.WeChat, views []view) {
	t.Helper()
	i := slices.IndexFunc(views, func(v view) bool { return v.panel.Title == "The week and four weeks" })
	rows, same, last := rowsOf(views[i], "Figure"), sameAs(t), w.Newest()
	for name, of := range map[string][2]string{
		"New": {"getusersummary", "new_user"}, "Unfollowed": {"getusersummary", "cancel_user"}, "Messages": {"getupstreammsg", "msg_count"}, "Failed callbacks": {"getinterfacesummary", "fail_count"},
	} {
		sum := func(days, n calendar.Day) float64 { return total(t, w, of[0], of[1], last-days-n+1, last-days) }
		for column, want := range map[string]float64{
			"Last 7 days": sum(0, 7), "7 days before": sum(7, 7), "In a week": sum(0, 7)/sum(7, 7) - 1,
			"Last 28 days": sum(0, 28), "28 days before (history)": sum(28, 28),
		} {
			same(name+", "+column, rows[name][column], want)
		}
	}
}

// rowsOf are a table's figures by the text in one of its columns and the others' names.
func rowsOf(v view, by string) map[string]map[string]float64 {
	rows := map[string]map[string]float64{}
	i := slices.IndexFunc(v.Fields, func(f field) bool { return f.Name == by })
	if i < 0 {
		return rows
	}
	for _, f := range v.Fields {
		for row, value := range f.Values {
			key := v.Fields[i].Texts[row]
			if rows[key] == nil {
				rows[key] = map[string]float64{}
			}
			if n, ok := value.(float64); ok {
				rows[key][f.Name] = n
			}
		}
	}
	return rows
}

package figures

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/web/texts"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestSums: over all tables, a figure that a page has of several days is of metrics
// whose days add up, and one that it has of a whole day is one that WeChat tells, or
// the sum of parts that add up.
func TestSums(t *testing.T) {
	now := time.Date(2026, 11, 21, 15, 0, 0, 0, calendar.Beijing)
	w := wxtest.New(wxtest.Options{Now: func() time.Time { return now }, Accounts: []wxtest.Account{
		{Name: "brand", AppID: "wx0000000000000001", Secret: "secret", OldArticles: true, Publisher: true, Followers: 86_000, Articles: 3},
		{Name: "mall", AppID: "wx0000000000000002", Secret: "secret", Type: wxtest.Mini, Publisher: true, Followers: 40_000},
	}})
	const days = 9
	seen := 0
	for id, kind := range map[string]collector.AccountType{"wx0000000000000001": collector.Official, "wx0000000000000002": collector.Mini} {
		for _, f := range collector.Families() {
			for _, api := range f.Of(kind).APIs {
				var stored []Day
				for d := w.Newest() - days + 1; d <= w.Newest(); d++ {
					if rows, err := json.Marshal(w.Rows(id, api.Name, d)); err != nil {
						t.Fatal(err)
					} else if string(rows) != "null" {
						stored = append(stored, Day{Date: d, Rows: rows})
					}
				}
				groups, err := Account(texts.English, []collector.API{api}, map[string][]Day{api.Name: stored})
				if err != nil {
					t.Fatal(api.Name, err)
				}
				for _, g := range groups {
					seen++
					for _, wrong := range g.wrongSums(api, stored) {
						t.Errorf("%s %s", api.Name, wrong)
					}
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d groups were looked at", seen)
	}
}

// wrongSums tells what a group has that may not be added up.
func (g Group) wrongSums(api collector.API, stored []Day) (wrong []string) {
	metrics := map[string][]collector.Metric{} // by title
	for _, m := range metricsOf(api) {
		metrics[title(texts.English, m)] = append(metrics[title(texts.English, m)], m)
	}
	all := func(name string, may func(collector.Metric) bool) bool {
		return len(metrics[name]) > 0 && !slices.ContainsFunc(metrics[name], func(m collector.Metric) bool { return !may(m) })
	}
	toldWhole := func(m collector.Metric) bool { // on every day
		for _, d := range stored {
			f, has := read(api, d.Rows)[""][m.Name]
			if has && !slices.ContainsFunc(f.parts, func(p part) bool { return len(p.labels) == 0 || slices.ContainsFunc(p.labels, collector.IsTotal) }) {
				return false
			}
		}
		return true
	}
	for _, tile := range g.Tiles {
		if !all(tile.Title, func(m collector.Metric) bool { return m.Adds.Labels() || toldWhole(m) }) {
			wrong = append(wrong, "has a tile "+tile.Title)
		}
	}
	for _, t := range g.Tables {
		for _, head := range t.Heads {
			name, _, of := strings.Cut(head, " (9 days)")
			if many := of || strings.HasPrefix(t.Caption, "On the average of 9 days"); many && head != "Hour" && !all(name, func(m collector.Metric) bool { return m.Adds.Days() }) {
				wrong = append(wrong, fmt.Sprintf("adds up days of %s in %q", name, t.Caption))
			}
		}
	}
	return wrong
}

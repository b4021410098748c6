package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/config"
	"github.com/wxexporter/wx_exporter/internal/harness"
)

// TestStartOffset: accounts begin their day spread over the minutes, the same one in
// every run.
func TestStartOffset(t *testing.T) {
	seen := map[int]int{} // accounts by minute
	for i := range 200 {
		id := fmt.Sprintf("wx%016d", i)
		d := startOffset(id)
		if d < 0 || d >= spread || d != startOffset(id) {
			t.Errorf("startOffset(%s) = %s", id, d)
		}
		seen[int(d.Minutes())]++
	}
	for minute := range int(spread.Minutes()) {
		if n := seen[minute]; n == 0 || n > 50 {
			t.Errorf("%d of 200 accounts begin in minute %d", n, minute)
		}
	}
}

// TestFillSince: the day with the number 0 is a day like others.
func TestFillSince(t *testing.T) {
	for since, want := range map[string]calendar.Day{
		"": 0, "1970-01-01": calendar.FirstDay, "1970-01-02": calendar.FirstDay, "2014-12-01": calendar.FirstDay, "2014-12-31": calendar.FirstDay + 30,
	} {
		if got := fillSince(config.History{Since: since}); got != want {
			t.Errorf("history.since %q fills from %s, want %s", since, got, want)
		}
	}
}

// TestPolledFamilies: an account polls the families that there are for its type, and
// one that is off by default where the flag or the account says so.
func TestPolledFamilies(t *testing.T) {
	families := []collector.Family{
		{Name: "user"}, {Name: "mini", Types: []collector.AccountType{collector.Mini}},
		{Name: "revenue", Types: []collector.AccountType{collector.Official, collector.Mini}, Off: true},
	}
	for _, c := range []struct {
		name    string
		account config.Account
		on      string // the families that the flags allow
		refused string // and those that they refuse
		want    string
	}{
		{"an Official Account", config.Account{}, "user mini", "", "user"},
		{"the same, written", config.Account{Type: "official"}, "user mini", "", "user"},
		{"a mini program", config.Account{Type: "mini"}, "user mini", "", "mini"},
		{"with the flag", config.Account{Type: "mini"}, "user mini revenue", "", "mini revenue"},
		{"listed", config.Account{Type: "mini", Collectors: []string{"mini", "revenue"}}, "user mini", "", "mini revenue"},
		{"not listed, with the flag", config.Account{Collectors: []string{"user"}}, "user mini revenue", "", "user"},
		{"listed, and refused by the flag", config.Account{Collectors: []string{"user", "revenue"}}, "user mini", "revenue", "user"},
		{"listed, and all refused", config.Account{Collectors: []string{"user"}}, "mini", "user", ""},
	} {
		f := flags{collectors: map[string]*bool{}, refused: map[string]bool{c.refused: true}}
		for _, family := range families {
			f.collectors[family.Name] = new(slices.Contains(strings.Fields(c.on), family.Name))
		}
		if got := strings.Join(polledFamilies(families, c.account, f), " "); got != c.want {
			t.Errorf("%s: polls %q, want %q", c.name, got, c.want)
		}
	}
}

// TestReservedLabels: an account cannot have a label that a series of the
// exporter has, or the series could not be made.
func TestReservedLabels(t *testing.T) {
	labels := []string{"account", "date", "api", "code", "collector", "reason", "state", "kind", "name", "name_zh", "le", "quantile", "job", "instance"}
	for _, family := range collector.Families() {
		for _, m := range family.Metrics() {
			labels = append(labels, m.Labels...)
		}
	}
	slices.Sort(labels)
	for _, label := range slices.Compact(labels) {
		cfg := harness.Write(t, t.TempDir(), "config.yml", "accounts:\n- name: a\n  app_id: wx1\n  app_secret: s\n  labels:\n    "+label+": calm\n")
		var out, said strings.Builder
		code := run(t.Context(), []string{"--config.check", "--config.file=" + cfg}, os.Getenv, &out, &said)
		if want := filepath.Base(cfg) + ":6: accounts[0].labels." + label + ": "; code != 1 || !strings.Contains(said.String(), want) {
			t.Errorf("label %s: code %d, %s", label, code, said.String())
		}
	}
}

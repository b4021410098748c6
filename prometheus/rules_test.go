// Package prometheus_test holds the tests of the alert rules, of the example
// configurations and of what Prometheus makes of the exporter's series.
package prometheus_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

type rule struct {
	Record, Alert, Expr string
	KeepFiring          string            `yaml:"keep_firing_for"`
	Labels, Annotations map[string]string `yaml:",omitempty"`
}

func alertRules(t *testing.T) []rule {
	t.Helper()
	var file struct {
		Groups []struct {
			Name, Interval string
			Rules          []rule
		}
	}
	if err := yaml.Unmarshal(read(t, "rules.yml"), &file); err != nil {
		t.Fatal(err)
	}
	var alerts []rule
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if r.Alert != "" {
				alerts = append(alerts, r)
			}
		}
	}
	if len(alerts) == 0 {
		t.Fatal("no alerts in rules.yml")
	}
	return alerts
}

// TestAlertsAreDocumented: every alert has what an operator needs, and a
// section and a line in docs/alerts.md, which describe nothing else.
func TestAlertsAreDocumented(t *testing.T) {
	const page = "https://github.com/wxexporter/wx_exporter/blob/main/docs/alerts.md#"
	doc := string(read(t, "../docs/alerts.md"))
	var names []string
	for _, a := range alertRules(t) {
		names = append(names, a.Alert)
		if s := a.Labels["severity"]; s != "critical" && s != "warning" {
			t.Errorf("%s has severity %q", a.Alert, s)
		}
		if a.Annotations["summary"] == "" || a.Annotations["description"] == "" {
			t.Errorf("%s lacks a summary or a description", a.Alert)
		}
		if want := page + strings.ToLower(a.Alert); a.Annotations["runbook_url"] != want {
			t.Errorf("%s has the runbook %q, want %q", a.Alert, a.Annotations["runbook_url"], want)
		}
		_, section, found := strings.Cut(doc, "\n## "+a.Alert+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		if !found || !strings.Contains(section, "**Meaning.**") || !strings.Contains(section, "**What to do.**") {
			t.Errorf("docs/alerts.md does not say what %s means and what to do", a.Alert)
		}
		row := fmt.Sprintf("| [%s](#%s) | %s |", a.Alert, strings.ToLower(a.Alert), a.Labels["severity"])
		if !strings.Contains(doc, row) {
			t.Errorf("docs/alerts.md has no row %q", row)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^## (\w+)$`).FindAllStringSubmatch(doc, -1) {
		if !slices.Contains(names, m[1]) {
			t.Errorf("docs/alerts.md describes %s, which is no alert", m[1])
		}
	}
}

// ofExporter are the alerts about an exporter, not about an account.
var ofExporter = []string{"WxExporterDown", "WxStoreUnhealthy", "WxReloadFailed", "WxHistoryWaits"}

// TestAlertsBridgeARestart: while the exporter is down there are no series of
// its accounts, and no reason to tell twice of what was wrong before.
func TestAlertsBridgeARestart(t *testing.T) {
	for _, a := range alertRules(t) {
		if a.KeepFiring == "" && !slices.Contains(ofExporter, a.Alert) {
			t.Errorf("%s ends when the exporter restarts", a.Alert)
		}
	}
}

// TestAlertsAreTested: the rules' tests expect every alert to fire.
func TestAlertsAreTested(t *testing.T) {
	paths, err := filepath.Glob("rules*_test.yml")
	if err != nil {
		t.Fatal(err)
	}
	fires := map[string]bool{}
	for _, path := range paths {
		firing(t, path, fires)
	}
	for _, a := range alertRules(t) {
		if !fires[a.Alert] {
			t.Errorf("no test in which %s fires", a.Alert)
		}
	}
}

// firing notes the alerts that a file of tests expects to fire.
func firing(t *testing.T, path string, fires map[string]bool) {
	t.Helper()
	var file struct {
		Tests []struct {
			Alerts []struct {
				Name     string      `yaml:"alertname"`
				Expected []yaml.Node `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		}
	}
	if err := yaml.Unmarshal(read(t, path), &file); err != nil {
		t.Fatal(err)
	}
	for _, test := range file.Tests {
		for _, a := range test.Alerts {
			fires[a.Name] = fires[a.Name] || len(a.Expected) > 0
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

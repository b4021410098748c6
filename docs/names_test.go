package docs_test

import (
	"bytes"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/app"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/history"
)

var (
	namedFlag   = regexp.MustCompile(`--(?:\[no-\])?([a-z][a-z.-]*)`)
	namedTarget = regexp.MustCompile(`(?m)^([a-z0-9-]+):`)
	// A flag of another program, in a command that a document shows.
	otherProgram = regexp.MustCompile(`(?m)^(?:promtool|prometheus) .*?(--[a-z]+(?:[.-][a-z]+)*)`)
	// A span of code that begins with the name of a flag, a target or a metric.
	named = regexp.MustCompile(`^(--[a-z]+(?:[.-][a-z]+)*|make [a-z0-9-]+|wx_[a-z_]+[a-z])(?:[ ={]|$)`)
)

// TestNames finds flags, targets of make and metrics in the documents that do
// not exist. The metrics are those of the README's tables, which TestMetricTables
// compares with the exporter's.
func TestNames(t *testing.T) {
	known := map[string]bool{"wx_exporter": true}
	var help bytes.Buffer
	for _, command := range []string{"check", "export", "copy", "forget"} {
		if code := app.Run(t.Context(), []string{command, "--help"}, app.Host{Getenv: os.Getenv, Stdout: &help, Stderr: &help}); code != 0 {
			t.Fatalf("%s --help: code %d\n%s", command, code, &help)
		}
	}
	for _, m := range namedFlag.FindAllStringSubmatch(help.String(), -1) {
		known["--"+m[1]], known["--no-"+m[1]] = true, true
	}
	for _, m := range namedTarget.FindAllStringSubmatch(read(t, "Makefile"), -1) {
		known["make "+m[1]] = true
	}
	for _, line := range readDocument(t, "README.md").lines {
		if name, ok := strings.CutPrefix(line, "| `wx_"); ok {
			name, _, _ = strings.Cut(name, "`")
			known["wx_"+name] = true
		}
	}
	for _, f := range collector.Families() {
		for _, m := range f.Metrics() {
			latest, _ := m.Latest()
			known[history.Name(m.Name)], known[latest.Name] = true, true
		}
	}
	// The names of recorded series and of jobs.
	recorded := read(t, "prometheus/rules.yml") + read(t, "prometheus/rules-history.yml") + read(t, "prometheus/rules_test.yml")
	for _, d := range documents(t) {
		if d.name == "CHANGELOG.md" {
			continue // it names what is gone, too
		}
		known := maps.Clone(known)
		for _, b := range d.blocks {
			for _, m := range otherProgram.FindAllStringSubmatch(b.text, -1) {
				known[m[1]] = true
			}
		}
		for _, span := range d.spans() {
			if m := named.FindStringSubmatch(span); m != nil && !known[m[1]] && !strings.Contains(recorded, m[1]) {
				t.Errorf("%s: there is no %s", d.name, span)
			}
		}
	}
}

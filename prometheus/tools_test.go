//go:build e2e

package prometheus_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tool returns the path of a program of the nested module tools, built if it
// has to be: some minutes the first time.
func tool(t *testing.T, name string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "-C", "../tools", "tool", "-n", name)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, &stderr)
	}
	return strings.TrimSpace(string(out))
}

// run runs a program and returns what it says; it fails the test when the
// program fails.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestRules(t *testing.T) {
	tests, err := filepath.Glob("rules*_test.yml")
	if err != nil {
		t.Fatal(err)
	}
	run(t, tool(t, "promtool"), append([]string{"test", "rules", "--diff"}, tests...)...)
}

func TestConfigurations(t *testing.T) {
	promtool := tool(t, "promtool")
	run(t, promtool, "check", "config", "--lint=all", "--lint-fatal", "prometheus.yml", "prometheus-sd.yml", "prometheus-replicas.yml")
	run(t, promtool, "check", "rules", "--lint=all", "--lint-fatal", "rules.yml", "rules.zh.yml", "rules-history.yml")
	amtool := tool(t, "amtool")
	run(t, amtool, "check-config", "alertmanager.yml", "alertmanager-wecom.yml")
}

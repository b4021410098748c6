// Package prometheus_test holds the tests of the alert rules, of the example
// configurations and of what Prometheus makes of the exporter's series.
package prometheus_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// tool returns the path of a program of the nested module tools, built if it
// has to be: some minutes the first time.
func tool(t *testing.T, name string) string {
	t.Helper()
	if testing.Short() {
		t.Skipf("needs %s, which is long in building", name)
	}
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

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

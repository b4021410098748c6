package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var (
	fileSpan     = regexp.MustCompile(`^[a-zA-Z0-9_./-]+(?:\.go|\.md|\.yml|/)$`)
	functionCell = regexp.MustCompile("^\\| [0-9]+ \\| `([a-z_/]+\\.go)` \\| `(?:[a-zA-Z]+\\.)?([a-zA-Z]+)` \\|")
)

// TestLayout: the files, folders and functions that CONTRIBUTING.md names are
// there.
func TestLayout(t *testing.T) {
	d := readDocument(t, "CONTRIBUTING.md")
	for _, span := range d.spans() {
		if !fileSpan.MatchString(span) {
			continue
		}
		if _, err := os.Stat(filepath.Join(root, span)); err != nil {
			t.Errorf("there is no %s", span)
		}
	}
	steps := 0
	for _, line := range d.lines {
		m := functionCell.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		steps++
		if !regexp.MustCompile(`(?m)^func (?:\([^)]*\) )?` + m[2] + `\(`).MatchString(read(t, m[1])) {
			t.Errorf("%s has no function %s", m[1], m[2])
		}
	}
	if steps == 0 {
		t.Error("the way of a day has no steps")
	}
}

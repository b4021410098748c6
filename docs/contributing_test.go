package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
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

var (
	logged  = regexp.MustCompile(`(level\.Debug\(.*)?\.Log\("msg", "([^"]+)"`)
	logLine = regexp.MustCompile("(?m)^\\| (`.+`) \\|")
)

// TestLogLines: docs/operations.md lists the messages that the program logs above
// debug, and none that it does not.
func TestLogLines(t *testing.T) {
	_, section, _ := strings.Cut(read(t, "docs/operations.md"), "\n## Log lines\n")
	listed := map[string]bool{}
	for _, row := range logLine.FindAllStringSubmatch(section, -1) {
		for _, m := range spanForm.FindAllStringSubmatch(row[1], -1) {
			listed[m[1]] = false
		}
	}
	// The libraries' own.
	for _, line := range []string{"Listening on", "TLS is disabled.", "TLS is enabled.", "http: ..."} {
		listed[line] = true
	}
	for name, text := range programFiles(t) {
		for _, m := range logged.FindAllStringSubmatch(text, -1) {
			_, ok := listed[m[2]]
			if !ok && m[1] == "" {
				t.Errorf("%s logs %q, which is not in docs/operations.md", name, m[2])
			}
			if ok {
				listed[m[2]] = true
			}
		}
	}
	for line, found := range listed {
		if !found {
			t.Errorf("docs/operations.md lists %q, which nothing logs", line)
		}
	}
}

// programFiles returns the texts of the program's files.
func programFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (path != root && strings.HasPrefix(d.Name(), ".") || d.Name() == "tools"):
			return fs.SkipDir
		case filepath.Ext(path) == ".go" && !strings.HasSuffix(path, "_test.go"):
			files[path] = read(t, strings.TrimPrefix(path, root))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

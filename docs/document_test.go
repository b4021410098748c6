// Package docs_test holds the tests of the documents: what they show works, what
// they name exists, and their tables are what the code describes.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the repository.
const root = ".."

// document is a Markdown file of the project.
type document struct {
	name   string   // its path in the repository
	lines  []string // outside of blocks
	blocks []block
}

// block is a fenced piece of a document.
type block struct{ heading, language, text string }

// documents returns all of the project's.
func documents(t *testing.T) []document {
	t.Helper()
	var all []document
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (slices.Contains([]string{".git", ".tools", "data", "dist", "testdata"}, d.Name())):
			return fs.SkipDir
		case filepath.Ext(path) == ".md":
			name, _ := filepath.Rel(root, path)
			all = append(all, readDocument(t, name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// read returns the text of a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readDocument(t *testing.T, name string) document {
	t.Helper()
	d := document{name: filepath.ToSlash(name)}
	inside, under := false, ""
	for line := range strings.Lines(read(t, name)) {
		fence, isFence := strings.CutPrefix(strings.TrimRight(line, " \n"), "```")
		switch {
		case isFence && !inside:
			inside = true
			d.blocks = append(d.blocks, block{heading: under, language: fence})
		case isFence:
			inside = false
		case inside:
			d.blocks[len(d.blocks)-1].text += line
		default:
			line = strings.TrimSuffix(line, "\n")
			if title := strings.TrimLeft(line, "#"); title != line {
				under = strings.TrimSpace(title)
			}
			d.lines = append(d.lines, line)
		}
	}
	if inside {
		t.Errorf("%s: the last block has no end", name)
	}
	return d
}

// heading is a heading with its level, 1 to 6.
type heading struct {
	level int
	text  string
}

func (d document) headings() (all []heading) {
	for _, line := range d.lines {
		if text := strings.TrimLeft(line, "#"); text != line && strings.HasPrefix(text, " ") {
			all = append(all, heading{len(line) - len(text), strings.TrimSpace(text)})
		}
	}
	return all
}

// anchors are the names by which links reach the headings, as GitHub makes
// them.
func (d document) anchors() map[string]bool {
	all := map[string]bool{}
	for _, h := range d.headings() {
		all[h.anchor()] = true
	}
	return all
}

var noAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

func (h heading) anchor() string {
	return strings.ReplaceAll(noAnchor.ReplaceAllString(strings.ToLower(h.text), ""), " ", "-")
}

var linkForm = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func (d document) links() (targets []string) {
	for _, line := range d.lines {
		for _, m := range linkForm.FindAllStringSubmatch(line, -1) {
			targets = append(targets, m[1])
		}
	}
	return targets
}

var spanForm = regexp.MustCompile("`([^`]+)`")

// spans are the pieces of code within the text.
func (d document) spans() (all []string) {
	for _, line := range d.lines {
		for _, m := range spanForm.FindAllStringSubmatch(line, -1) {
			all = append(all, m[1])
		}
	}
	return all
}

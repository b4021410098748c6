package docs_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBlocksHaveALanguage(t *testing.T) {
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			if !slices.Contains([]string{"sh", "yaml", "promql", "go", "diff", "sql", "text"}, b.language) {
				t.Errorf("%s: a block of the language %q:\n%s", d.name, b.language, b.text)
			}
		}
	}
}

// TestLinks follows every link that stays within the repository.
func TestLinks(t *testing.T) {
	anchors := map[string]map[string]bool{}
	all := documents(t)
	for _, d := range all {
		anchors[d.name] = d.anchors()
	}
	for _, d := range all {
		for _, link := range d.links() {
			if strings.Contains(link, "://") {
				continue
			}
			path, anchor, hasAnchor := strings.Cut(link, "#")
			target := d.name
			if path != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(d.name), path))
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s: %s leads nowhere", d.name, link)
			} else if hasAnchor && !anchors[target][anchor] {
				t.Errorf("%s: %s leads to no heading", d.name, link)
			}
		}
	}
}

// TestTranslation compares the outlines of the READMEs, so that a section or an
// example that is added to one is not forgotten in the other.
func TestTranslation(t *testing.T) {
	en, zh := readDocument(t, "README.md"), readDocument(t, "README.zh-CN.md")
	if diff := cmp.Diff(en.outline(), zh.outline()); diff != "" {
		t.Errorf("the outlines differ (-English +Chinese):\n%s", diff)
	}
}

// outline returns the levels of a document's headings and the languages of its
// blocks.
func (d document) outline() (parts []string) {
	for _, h := range d.headings() {
		parts = append(parts, strings.Repeat("#", h.level))
	}
	for _, b := range d.blocks {
		parts = append(parts, b.language)
	}
	return parts
}

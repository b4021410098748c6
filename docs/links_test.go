package docs_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
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

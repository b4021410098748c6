package docs_test

import (
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestReleaseIsWhole: what the documents of a release's archive link to is in the
// archive, too.
func TestReleaseIsWhole(t *testing.T) {
	packed := packedFiles(t)
	for _, d := range documents(t) {
		if !slices.Contains(packed, d.name) {
			continue
		}
		for _, link := range d.links() {
			target, _, _ := strings.Cut(d.target(link), "#")
			inside := func(name string) bool { return name == target || strings.HasPrefix(name, target+"/") }
			if !strings.Contains(target, "://") && !slices.ContainsFunc(packed, inside) {
				t.Errorf("%s: the archive lacks %s", d.name, target)
			}
		}
	}
	for _, name := range []string{"config.example.yml", "config.example.zh.yml"} {
		for _, target := range regexp.MustCompile(`docs/[a-z/]+\.md`).FindAllString(read(t, name), -1) {
			if !slices.Contains(packed, name) || !slices.Contains(packed, target) {
				t.Errorf("%s: the archive lacks it or %s", name, target)
			}
		}
	}
}

// packedFiles are the repository's files in an archive. As goreleaser has it, a
// pattern stands for the files that it matches, and a directory for all in it.
func packedFiles(t *testing.T) (names []string) {
	t.Helper()
	var release struct {
		Archives []struct {
			Files []struct{ Src string }
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, ".goreleaser.yml")), &release); err != nil || len(release.Archives) != 1 {
		t.Fatalf("%d archives: %v", len(release.Archives), err)
	}
	for _, f := range release.Archives[0].Files {
		before := len(names)
		for _, pattern := range alternatives(f.Src) {
			matches, err := filepath.Glob(filepath.Join(root, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range matches {
				names = append(names, filesBelow(t, match)...)
			}
		}
		if len(names) == before {
			t.Errorf("nothing is %s", f.Src)
		}
	}
	return names
}

func filesBelow(t *testing.T, name string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(name, func(file string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			file, err = filepath.Rel(root, file)
			names = append(names, filepath.ToSlash(file))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// alternatives takes a pattern with {a,b} apart, which path.Match does not know.
func alternatives(pattern string) (all []string) {
	before, rest, found := strings.Cut(pattern, "{")
	within, after, closed := strings.Cut(rest, "}")
	if !found || !closed {
		return []string{path.Clean(pattern)}
	}
	for one := range strings.SplitSeq(within, ",") {
		all = append(all, before+one+after)
	}
	return all
}

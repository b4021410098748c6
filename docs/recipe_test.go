//go:build e2e

package docs_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRecipes follows the recipes of CONTRIBUTING.md that are changes of code: the
// change, make update, and all is green. Nothing else has to be edited.
func TestRecipes(t *testing.T) {
	for heading, gone := range map[string]string{
		"How to add a metric": "wx_mute_users",
		"How to add an API":   "getcardsummary",
	} {
		t.Run(heading, func(t *testing.T) {
			patch := diffs(readDocument(t, "CONTRIBUTING.md"), heading)
			if patch == "" {
				t.Fatal("the recipe has no change of code")
			}
			if strings.Contains(read(t, "README.md"), gone) {
				t.Fatalf("%s is there already", gone)
			}
			dir := copied(t)
			apply := within(t, dir, "git", "apply", "-")
			apply.Stdin = strings.NewReader(patch)
			succeeds(t, apply)
			succeeds(t, within(t, dir, "make", "update"))
			succeeds(t, within(t, dir, "gofmt", "-l", "."))
			succeeds(t, within(t, dir, "go", "vet", "./..."))
			succeeds(t, within(t, dir, "go", "test", "./collector", "./config", "./docs", "./fleet", "./history", "./plan", "./poll", "./web", "./wxclient/wxtest"))
			for _, name := range []string{"README.md", "README.zh-CN.md"} {
				text, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(string(text), gone) {
					t.Errorf("%s does not list %s", name, gone)
				}
			}
		})
	}
}

// diffs returns the changes of code that follow a heading.
func diffs(d document, heading string) string {
	var b strings.Builder
	for _, one := range d.blocks {
		if one.language == "diff" && one.heading == heading {
			b.WriteString(one.text)
		}
	}
	return b.String()
}

// copied copies the repository, without what git, make and tests leave in it.
func copied(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		to := filepath.Join(dir, name)
		switch {
		case err != nil:
			return err
		case slices.Contains([]string{".git", ".tools", "data", "dist", "wx_exporter"}, name):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(to, 0o700)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// within makes a command that runs in a directory.
func within(t *testing.T, dir, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	return cmd
}

// succeeds runs a command. gofmt tells by its output that something is wrong.
func succeeds(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil || cmd.Args[0] == "gofmt" && len(out) > 0 {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
}

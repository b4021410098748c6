package main

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	toolkit "github.com/prometheus/exporter-toolkit/web"
	"go.yaml.in/yaml/v3"

	"github.com/wxexporter/wx_exporter/config"
)

// document is a Markdown file of the project.
type document struct {
	name   string
	lines  []string // outside of blocks
	blocks []block
}

// block is a fenced piece of a document.
type block struct{ language, text string }

// documents returns all of the project's.
func documents(t *testing.T) []document {
	t.Helper()
	var all []document
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (slices.Contains([]string{".git", ".tools", "data", "dist", "testdata"}, d.Name())):
			return fs.SkipDir
		case filepath.Ext(path) == ".md":
			all = append(all, readDocument(t, path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func readDocument(t *testing.T, name string) document {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	d := document{name: filepath.ToSlash(name)}
	inside := false
	for line := range strings.Lines(string(text)) {
		fence, isFence := strings.CutPrefix(strings.TrimRight(line, " \n"), "```")
		switch {
		case isFence && !inside:
			inside = true
			d.blocks = append(d.blocks, block{language: fence})
		case isFence:
			inside = false
		case inside:
			d.blocks[len(d.blocks)-1].text += line
		default:
			d.lines = append(d.lines, strings.TrimSuffix(line, "\n"))
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
		text := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(h.text), "")
		all[strings.ReplaceAll(text, " ", "-")] = true
	}
	return all
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

func TestBlocksHaveALanguage(t *testing.T) {
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			if !slices.Contains([]string{"sh", "yaml", "promql", "go", "sql", "text"}, b.language) {
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
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s leads nowhere", d.name, link)
			} else if hasAnchor && !anchors[target][anchor] {
				t.Errorf("%s: %s leads to no heading", d.name, link)
			}
		}
	}
}

// TestNames finds flags, targets of make and metrics in the documents that do
// not exist.
func TestNames(t *testing.T) {
	known := map[string]bool{}
	var help bytes.Buffer
	run(t.Context(), []string{"--help"}, func(string) string { return "" }, &help, &help)
	for _, m := range regexp.MustCompile(`--(?:\[no-\])?([a-z.-]+)`).FindAllStringSubmatch(help.String(), -1) {
		known["--"+m[1]], known["--no-"+m[1]] = true, true
	}
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllSubmatch(makefile, -1) {
		known["make "+string(m[1])] = true
	}
	for name := range exported(t) {
		known[name] = true
	}
	var recorded []byte // names of recorded series and of jobs
	for _, file := range []string{"prometheus/rules.yml", "prometheus/rules_test.yml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		recorded = append(recorded, text...)
	}
	name := regexp.MustCompile(`^(--[a-z]+(?:[.-][a-z]+)*|make [a-z-]+|wx_[a-z_]+[a-z])(?:[ ={]|$)`)
	for _, d := range documents(t) {
		for _, span := range d.spans() {
			m := name.FindStringSubmatch(span)
			if m == nil || known[m[1]] || m[1] == program || bytes.Contains(recorded, []byte(m[1])) {
				continue
			}
			t.Errorf("%s: there is no %s", d.name, span)
		}
	}
}

// TestYAML loads every piece of a configuration that the documents show, by
// whatever reads it.
func TestYAML(t *testing.T) {
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			if b.language != "yaml" {
				continue
			}
			var keys map[string]any
			if err := yaml.Unmarshal([]byte(b.text), &keys); err != nil {
				t.Errorf("%s: %v in:\n%s", d.name, err, b.text)
				continue
			}
			if err := checkYAML(t, keys, b.text); err != nil {
				t.Errorf("%s: %v in:\n%s", d.name, err, b.text)
			}
		}
	}
}

func checkYAML(t *testing.T, keys map[string]any, text string) error {
	t.Helper()
	dir := t.TempDir()
	for _, f := range []string{"secrets/brand", "secrets/tokens"} {
		write(t, dir, f, "replace-me")
	}
	certificate(t, dir)
	switch {
	case keys["scrape_configs"] != nil:
		return sameScrape(t, keys)
	case keys["tls_server_config"] != nil:
		text = strings.NewReplacer("server.crt", "cert.pem", "server.key", "key.pem").Replace(text)
		return toolkit.Validate(write(t, dir, "web.yml", text))
	case keys["token"] != nil:
		text = "accounts:\n  - name: brand\n    app_id: wx0123456789abcdef\n    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
	}
	_, err := config.Load(write(t, dir, "config.yml", replaced(t, dir, text)))
	return err
}

// TestKubernetesConfiguration loads the configuration that the manifests hold.
func TestKubernetesConfiguration(t *testing.T) {
	text, err := os.ReadFile("deploy/kubernetes/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var object struct{ Data map[string]string }
	if err := yaml.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, dir, "secrets/brand", "replace-me")
	if _, err := config.Load(write(t, dir, "config.yml", object.Data["config.yml"])); err != nil {
		t.Error(err)
	}
}

// replaced puts files that exist into the place of absolute ones.
func replaced(t *testing.T, dir, text string) string {
	t.Helper()
	return regexp.MustCompile(`/(?:run|var)/\S+`).ReplaceAllStringFunc(text, func(path string) string {
		return write(t, dir, filepath.Base(path), "replace-me")
	})
}

// sameScrape compares a scrape configuration with the one that Prometheus has
// checked, but for the address.
func sameScrape(t *testing.T, keys map[string]any) error {
	t.Helper()
	text, err := os.ReadFile("prometheus/prometheus.yml")
	if err != nil {
		return err
	}
	var checked map[string]any
	if err := yaml.Unmarshal(bytes.ReplaceAll(text, []byte("wx_exporter:10049"), []byte("localhost:10049")), &checked); err != nil {
		return err
	}
	if !reflect.DeepEqual(keys["scrape_configs"], checked["scrape_configs"]) {
		t.Errorf("the scrape configuration is not the one of prometheus/prometheus.yml")
	}
	return nil
}

// TestLogLines holds the table of docs/operations.md against the lines that the
// program can log above debug, in both directions.
func TestLogLines(t *testing.T) {
	logged := map[string]bool{}
	message := regexp.MustCompile(`Log\("msg", "([^"]+)"`)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for line := range strings.Lines(string(text)) {
			if m := message.FindStringSubmatch(line); m != nil && !strings.Contains(line, "level.Debug(") {
				logged[m[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	inside := false
	for _, line := range readDocument(t, "docs/operations.md").lines {
		if strings.HasPrefix(line, "## ") {
			inside = line == "## Log lines"
		}
		if cell, ok := strings.CutPrefix(line, "| `"); inside && ok {
			cell, _, _ = strings.Cut(cell, " |")
			for _, m := range spanForm.FindAllStringSubmatch("`"+cell, -1) {
				told[m[1]] = true
			}
		}
	}
	for _, toolkits := range []string{"Listening on", "TLS is disabled.", "TLS is enabled.", "http: ..."} {
		delete(told, toolkits)
	}
	for _, m := range slices.Sorted(maps.Keys(logged)) {
		if !told[m] {
			t.Errorf("docs/operations.md does not explain the line %q", m)
		}
		delete(told, m)
	}
	for m := range told {
		t.Errorf("docs/operations.md explains a line that nothing logs: %q", m)
	}
}

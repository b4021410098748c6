package docs_test

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pairs returns what is there in both languages, by the name of the English.
func pairs(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{
		"README.md":                    "README.zh-CN.md",
		"dashboards/README.md":         "dashboards/README.zh-CN.md",
		"config.example.yml":           "config.example.zh.yml",
		"docs/images/wx-overview.png":  "docs/images/wx-overview-zh.png",
		"docs/images/wx-articles.png":  "docs/images/wx-articles-zh.png",
		"docs/images/wx-exporter.png":  "docs/images/wx-exporter-zh.png",
		"docs/images/wx-history.png":   "docs/images/wx-history-zh.png",
		"docs/images/wx-interface.png": "docs/images/wx-interface-zh.png",
		"docs/images/wx-messages.png":  "docs/images/wx-messages-zh.png",
		"docs/images/wx-mini.png":      "docs/images/wx-mini-zh.png",
		"docs/images/wx-revenue.png":   "docs/images/wx-revenue-zh.png",
		"docs/images/wx-users.png":     "docs/images/wx-users-zh.png",
		"docs/images/figures.png":      "docs/images/figures-zh.png",
		"docs/images/status.png":       "docs/images/status-zh.png",
	}
	names, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, name := range names {
		all["docs/"+filepath.Base(name)] = "docs/zh/" + filepath.Base(name)
	}
	return all
}

// TestTranslation compares the documents of each pair, section by section, so that
// what is added to one is not forgotten in the other: headings, rows, items, blocks,
// code, numbers and links.
func TestTranslation(t *testing.T) {
	all := pairs(t)
	for english, chinese := range all {
		if path.Ext(english) != ".md" {
			continue
		}
		t.Run(english, func(t *testing.T) {
			en, zh := readDocument(t, english), readDocument(t, chinese)
			for d, want := range map[*document]string{&en: "[简体中文](" + way(english, chinese) + ")", &zh: "[English](" + way(chinese, english) + ")"} {
				if d.lines[2] != want {
					t.Errorf("%s: the third line is %q, want %q", d.name, d.lines[2], want)
				}
				d.lines[2] = ""
			}
			if diff := cmp.Diff(en.sections(translator(t, all)), zh.sections(func(link string) string { return link })); diff != "" {
				t.Errorf("the documents differ (-English +Chinese):\n%s", diff)
			}
		})
	}
}

// way is the way from one file of the repository to another.
func way(from, to string) string {
	rel, err := filepath.Rel(path.Dir(from), to)
	if err != nil {
		return err.Error()
	}
	return filepath.ToSlash(rel)
}

// section is what a part of a document has in every language.
type section struct {
	Level, Rows, Items   int
	Blocks               []string // without the comments in them
	Code, Numbers, Links []string // each once, sorted
}

var (
	item       = regexp.MustCompile(`^ *(?:-|[0-9]+\.) `)
	remark     = regexp.MustCompile(`(?m)(?:^|  +)(?:#|--) .*$`)
	linkTarget = regexp.MustCompile(`\]\([^)\s]*\)|https?://[^\s>)]+|<!--.*-->`)
	// A number with what multiplies it, such as 4.4 million and 440 万.
	number = regexp.MustCompile(`([0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?)(?: ?(million|万|亿))?`)
	powers = map[string]float64{"": 1, "million": 1e6, "万": 1e4, "亿": 1e8}
)

// sections takes a document apart at its headings; link names the target of a link
// of the repository in the language of comparison.
func (d document) sections(link func(string) string) (all []section) {
	var code, numbers, links map[string]bool
	var title string
	end := func() {
		if len(all) == 0 {
			return
		}
		s := &all[len(all)-1]
		for _, b := range d.blocks {
			if b.heading == title {
				s.Blocks = append(s.Blocks, b.language+"\n"+remark.ReplaceAllString(b.text, ""))
			}
		}
		s.Code, s.Numbers, s.Links = slices.Sorted(maps.Keys(code)), slices.Sorted(maps.Keys(numbers)), slices.Sorted(maps.Keys(links))
	}
	for _, line := range d.lines {
		if text := strings.TrimLeft(line, "#"); text != line && strings.HasPrefix(text, " ") {
			end()
			title = strings.TrimSpace(text)
			all = append(all, section{Level: len(line) - len(text)})
			code, numbers, links = map[string]bool{}, map[string]bool{}, map[string]bool{}
		}
		if len(all) == 0 {
			continue
		}
		s := &all[len(all)-1]
		switch {
		case strings.HasPrefix(line, "|"):
			s.Rows++
		case item.MatchString(line):
			s.Items++
		}
		for _, m := range spanForm.FindAllStringSubmatch(line, -1) {
			code[m[1]] = true
		}
		for _, m := range linkForm.FindAllStringSubmatch(line, -1) {
			links[link(d.target(m[1]))] = true
		}
		line = linkTarget.ReplaceAllString(spanForm.ReplaceAllString(item.ReplaceAllString(line, ""), ""), "")
		for _, m := range number.FindAllStringSubmatch(line, -1) {
			if n, err := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", ""), 64); err == nil {
				numbers[fmt.Sprint(n*powers[m[2]])] = true
			}
		}
	}
	end()
	return all
}

// target is what a link of a document leads to: a file of the repository, with its
// anchor, or an address.
func (d document) target(link string) string {
	if strings.Contains(link, "://") {
		return link
	}
	file, anchor, _ := strings.Cut(link, "#")
	if file == "" {
		return d.name + "#" + anchor
	}
	return strings.TrimSuffix(path.Join(path.Dir(d.name), file)+"#"+anchor, "#")
}

// translator returns what names the Chinese counterpart of a target: the other file
// of the pair, and in it the heading at the same place.
func translator(t *testing.T, all map[string]string) func(string) string {
	return func(link string) string {
		file, anchor, hasAnchor := strings.Cut(link, "#")
		other, ok := all[file]
		switch {
		case !ok:
			return link
		case !hasAnchor:
			return other
		}
		from, to := readDocument(t, file).headings(), readDocument(t, other).headings()
		i := slices.IndexFunc(from, func(h heading) bool { return h.anchor() == anchor })
		if i < 0 || i >= len(to) {
			return link
		}
		return other + "#" + to[i].anchor()
	}
}

// TestExampleTranslation compares the keys of the example configurations, also those
// in comments. What they mean is tested in package config.
func TestExampleTranslation(t *testing.T) {
	key := regexp.MustCompile(`(?m)^[ #-]*(?:[a-z_]+|X-[A-Za-z-]+):(?: .*)?$`)
	en, zh := key.FindAllString(read(t, "config.example.yml"), -1), key.FindAllString(read(t, "config.example.zh.yml"), -1)
	if diff := cmp.Diff(en, zh); diff != "" || len(en) == 0 {
		t.Errorf("the keys differ (-English +Chinese):\n%s", diff)
	}
}

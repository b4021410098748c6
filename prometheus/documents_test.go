//go:build e2e

package prometheus_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/calendar"
)

// checkDocuments: every query that a document shows returns data, for a day
// that has some.
func (p *prometheus) checkDocuments(t *testing.T, day calendar.Day) {
	date := regexp.MustCompile(`\b20\d\d-\d\d-\d\d\b`)
	for path, queries := range documented(t) {
		if filepath.Base(path) == "history.md" {
			continue // TestHistoryDocument
		}
		for _, q := range queries {
			t.Run(filepath.Base(path), func(t *testing.T) { p.data(t, date.ReplaceAllString(q, day.String())) })
		}
	}
}

// documented returns the queries of each document, which are in blocks of promql
// and apart by empty lines.
func documented(t *testing.T) map[string][]string {
	t.Helper()
	block := regexp.MustCompile("(?s)\n```promql\n(.*?)\n```\n")
	queries := map[string][]string{}
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../dashboards/*.md"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("no documents %s: %v", pattern, err)
		}
		for _, path := range paths {
			for _, m := range block.FindAllStringSubmatch(string(read(t, path)), -1) {
				queries[path] = append(queries[path], strings.Split(m[1], "\n\n")...)
			}
		}
	}
	for _, path := range []string{"../README.md", "../README.zh-CN.md", "../docs/metrics.md"} {
		if len(queries[path]) == 0 {
			t.Errorf("%s has no queries", path)
		}
	}
	return queries
}

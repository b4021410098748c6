// Command gen writes the Grafana dashboards, each in English and in Chinese.
//
//	go run ./dashboards/gen [-out dashboards]
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	out := flag.String("out", "dashboards", "directory that holds the dashboards, a directory for each language")
	flag.Parse()
	if err := write(*out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(dir string) error {
	files, err := generate()
	if err != nil {
		return err
	}
	for path, content := range files {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("make the directory of a dashboard: %w", err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return fmt.Errorf("write a dashboard: %w", err)
		}
	}
	return nil
}

// generate returns the content of every file by its path below dashboards/.
func generate() (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, l := range languages() {
		for _, b := range boards() {
			var content bytes.Buffer
			e := json.NewEncoder(&content)
			e.SetEscapeHTML(false)
			e.SetIndent("", "  ")
			if err := e.Encode(b.draw(l)); err != nil {
				return nil, fmt.Errorf("encode dashboard %s: %w", b.uid, err)
			}
			files[filepath.Join(string(l), b.uid+".json")] = content.Bytes()
		}
	}
	return files, nil
}

// tag is what all dashboards have in common.
const tag = "wx_exporter"

// draw makes the dashboard in a language. The dashboards of a language link to
// each other.
func (b board) draw(l lang) dashboard {
	t := panelText(b.key)
	uid := b.uid
	if l != english {
		uid += "-" + string(l)
	}
	tags := []string{tag, string(l)}
	return dashboard{
		Inputs: []any{},
		Requires: []requirement{
			{"grafana", "grafana", "Grafana", "9.3.0"},
			{"datasource", "prometheus", "Prometheus", "1.0.0"},
		},
		Annotations:   annotationList{[]any{}},
		Description:   l.of(t.help),
		GraphTooltip:  1,
		Links:         []link{{Icon: "external link", IncludeVars: true, Tags: tags, Title: l.of(name("links")), Type: "dashboards", AsDropdown: true}},
		Panels:        layout(l, b.sections),
		Refresh:       "5m",
		SchemaVersion: 37,
		Tags:          tags,
		Templating:    templating{variables(l)},
		Time:          timeRange{b.from, "now"},
		Timezone:      "browser",
		Title:         l.of(t.title),
		UID:           uid,
		Version:       1,
	}
}

// variables choose the data source, the exporters and the accounts.
func variables(l lang) []variable {
	v := []variable{{
		Current: map[string]any{}, Label: l.of(name("var.datasource")), Name: "datasource",
		Options: []any{}, Query: "prometheus", Refresh: 1, Type: "datasource",
	}}
	// Where accounts are scraped one by one, their figures and their states have different jobs and instances.
	const series = `{__name__=~"wx_api_state|wx_latest_date_timestamp_seconds"`
	for _, q := range []struct{ name, expr string }{
		{"job", `label_values(` + series + `}, job)`},
		{"instance", `label_values(` + series + `, job=~"$job"}, instance)`},
		{"account", `label_values(` + series + `, job=~"$job", instance=~"$instance"}, account)`},
	} {
		v = append(v, variable{
			AllValue: ".+", Current: map[string]any{"selected": true, "text": []string{"All"}, "value": []string{"$__all"}},
			Datasource: &prom, Definition: q.expr, IncludeAll: true, Label: l.of(name("var." + q.name)), Multi: true, Name: q.name,
			Options: []any{}, Query: map[string]any{"query": q.expr, "refId": q.name}, Refresh: 2, Sort: 1, Type: "query",
		})
	}
	return v
}

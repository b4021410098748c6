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
		for _, b := range boards(l) {
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
	tags := []string{tag, string(l)}
	return dashboard{
		Inputs: []any{},
		Requires: []requirement{
			{"grafana", "grafana", "Grafana", "10.2.0"},
			{"datasource", "prometheus", "Prometheus", "1.0.0"},
		},
		Annotations:   annotationList{annotations(l)},
		Description:   l.of(t.help),
		GraphTooltip:  1,
		Links:         []link{{Icon: "external link", IncludeVars: true, Tags: tags, Title: l.of(name("links")), Type: "dashboards", AsDropdown: true}},
		Panels:        layout(l, b.sections),
		Refresh:       "5m",
		SchemaVersion: 38,
		Tags:          tags,
		Templating:    templating{append(b.common(l), b.variables(l)...)},
		Time:          timeRange{b.from, "now"},
		Timepicker:    timepicker{!b.timed},
		Timezone:      "browser",
		Title:         l.of(t.title),
		UID:           l.uid(b.uid),
		Version:       1,
	}
}

// annotations mark days that WeChat has corrected, when the correction arrived,
// and the days that it has not told of in time.
func annotations(l lang) []annotation {
	mark := func(key, color, expr string, valueIsTime bool) annotation {
		return annotation{
			Datasource: prom, Enable: true, Expr: expr, IconColor: color, Name: l.of(name(key)), Step: "1h", TagKeys: "account",
			TextFormat: "{{account}}", TitleFormat: l.of(name(key)) + " {{date}}", ValueIsTime: valueIsTime,
		}
	}
	late := "max by (account, date) (" + latestDate("getusercumulate") + ")"
	return []annotation{
		mark("corrected", purple, "sum by (account, date) (changes("+metric("wx_cumulate_users")+"[1h]) or changes("+metric("wx_interface_callbacks")+"[1h])) > 0", false),
		mark("late", orange, "("+late+" < time() - 3.6 * 86400) * 1000 + 86400000", true),
	}
}

// variables choose the data source, the exporters and the accounts.
func variables(l lang) []variable {
	v := []variable{{
		Current: map[string]any{"selected": true, "text": "default", "value": "default"}, Label: l.of(name("var.datasource")), Name: "datasource",
		Options: []any{}, Query: "prometheus", Refresh: 1, Type: "datasource",
	}}
	// Where accounts are scraped one by one, their figures and their states have different jobs and instances.
	const series = `{__name__=~"wx_api_state|wx_latest_date_timestamp_seconds"`
	return append(v,
		choice(l, "job", `label_values(`+series+`}, job)`),
		choice(l, "instance", `label_values(`+series+`, job=~"$job"}, instance)`),
		choice(l, "account", `label_values(`+series+`, job=~"$job", instance=~"$instance"}, account)`))
}

// common are the variables of all boards. The history is sent, not scraped: it has no
// job and no instance, and its accounts may be in a Prometheus that scrapes nothing.
func (b board) common(l lang) []variable {
	all := variables(l)
	if b.key != "historyboard" {
		return all
	}
	all[1].Hide, all[2].Hide, all[3] = hidden, hidden, choice(l, "account", `label_values({__name__=~"wx_history_.+"}, account)`)
	return all
}

// hidden is how a variable has neither name nor value on a board.
const hidden = 2

// choice is a variable with the values of a label, all of them at first.
func choice(l lang, key, expr string) variable {
	return variable{
		AllValue: ".+", Current: map[string]any{"selected": true, "text": []string{"All"}, "value": []string{"$__all"}},
		Datasource: &prom, Definition: expr, IncludeAll: true, Label: l.of(name("var." + key)), Multi: true, Name: key,
		Options: []any{}, Query: map[string]any{"query": expr, "refId": key}, Refresh: 2, Sort: 1, Type: "query",
	}
}

// variables of a board of its own.
func (b board) variables(l lang) []variable {
	if b.key != "articles" {
		return nil
	}
	return []variable{choice(l, "article", "label_values("+metric("wx_publish_article_info")+", title)")}
}

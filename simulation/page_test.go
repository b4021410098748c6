package simulation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// sample is a line of a page.
type sample struct {
	name   string
	labels map[string]string
	value  float64
	text   string // name and labels as they stand there
}

// series are the samples of a page by name.
type series map[string][]sample

// readPage reads a page in the text format. What comes twice is an error.
func readPage(page string) (series, error) {
	all, seen := series{}, map[string]bool{}
	for text := range strings.Lines(page) {
		text = strings.TrimRight(text, "\n")
		if text == "" || text[0] == '#' {
			continue
		}
		i := strings.LastIndexByte(text, ' ')
		if i < 0 {
			return nil, fmt.Errorf("the page has a line %q", text)
		}
		v, err := strconv.ParseFloat(text[i+1:], 64)
		if err != nil {
			return nil, fmt.Errorf("the page has a line %q", text)
		}
		s := sample{text: text[:i], value: v, labels: map[string]string{}}
		if seen[s.text] {
			return nil, fmt.Errorf("the page has %s twice", s.text)
		}
		seen[s.text] = true
		name, rest, _ := strings.Cut(s.text, "{")
		if !strings.HasPrefix(name, "wx_") {
			continue
		}
		s.name = name
		if err := s.readLabels(rest); err != nil {
			return nil, err
		}
		all[name] = append(all[name], s)
	}
	return all, nil
}

// readLabels reads what follows the brace.
func (s sample) readLabels(rest string) error {
	for rest != "" && rest != "}" {
		name, after, ok := strings.Cut(rest, `="`)
		if !ok {
			return fmt.Errorf("labels %q", s.text)
		}
		end := 0
		for end < len(after) && after[end] != '"' {
			if after[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(after) {
			return fmt.Errorf("labels %q", s.text)
		}
		s.labels[name] = after[:end]
		rest = strings.TrimPrefix(after[end+1:], ",")
	}
	return nil
}

// key writes the labels of a document's key.
func (d *document) keyOf(s sample) string {
	var parts []string
	for _, name := range d.keys {
		parts = append(parts, name+"="+s.labels[name])
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

// fieldOf is the field that a metric is made of.
func (d *document) fieldOf(metric string) string {
	for field, m := range d.metrics {
		if m == metric {
			return field
		}
	}
	return ""
}

// shown are the values on a page by place, key and field.
type shown map[place]map[string]map[string]float64

// shownOf finds the values that documents speak of.
func (w *world) shownOf(page series) shown {
	all := shown{}
	for name, samples := range page {
		d := byMetric[name]
		if d == nil {
			continue
		}
		field := d.fieldOf(name)
		for _, s := range samples {
			p := place{slices.Index(w.names, s.labels["account"]), d.name, s.labels["date"]}
			key := d.keyOf(s)
			if all[p] == nil {
				all[p] = map[string]map[string]float64{}
			}
			if all[p][key] == nil {
				all[p][key] = map[string]float64{}
			}
			all[p][key][field] = s.value
		}
	}
	return all
}

package simulation

import (
	"fmt"
	"maps"
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

// keyOf writes the labels of a sample that its document's key has.
func (m measure) keyOf(s sample) string {
	var parts []string
	for _, name := range m.labels {
		parts = append(parts, name+"="+s.labels[name])
	}
	return strings.Join(parts, ",")
}

// measure is a metric of a document, with its labels, sorted.
type measure struct {
	*document
	labels []string
}

// byMetric finds the API of a metric.
var byMetric = func() map[string]measure {
	all := map[string]measure{}
	for i := range documents {
		for _, p := range documents[i].parts {
			labels := slices.Sorted(maps.Values(p.keys))
			if name, _, ok := strings.Cut(p.word, "="); ok {
				labels = append(labels, name)
				slices.Sort(labels)
			}
			for _, metric := range p.metrics {
				all[metric] = measure{&documents[i], labels}
			}
		}
	}
	return all
}()

// shown are the values on a page by place, key and metric.
type shown map[place]map[string]map[string]float64

// shownOf finds the values that documents speak of.
func (w *world) shownOf(page series) shown {
	all := shown{}
	for name, samples := range page {
		d, ok := byMetric[name]
		if !ok {
			continue
		}
		for _, s := range samples {
			p := place{slices.Index(w.names, s.labels["account"]), d.name, s.labels["date"]}
			key := d.keyOf(s)
			if all[p] == nil {
				all[p] = map[string]map[string]float64{}
			}
			if all[p][key] == nil {
				all[p][key] = map[string]float64{}
			}
			all[p][key][name] = s.value
		}
	}
	return all
}

package main

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// TestRulesAreCurrent holds rules.zh.yml against rules.yml and the texts.
func TestRulesAreCurrent(t *testing.T) {
	want, err := translate(read(t, "../rules.yml"), read(t, "annotations.zh.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(read(t, "../rules.zh.yml"))); diff != "" {
		t.Errorf("rules.zh.yml is not what rules.yml and its texts make; run make rules (-want +have):\n%s", diff)
	}
}

// TestSameFigures: a Chinese text says the same figures as the English one.
func TestSameFigures(t *testing.T) {
	english, chinese := annotations(t, "../rules.yml"), annotations(t, "../rules.zh.yml")
	action := regexp.MustCompile("`[^`]*`|\\$value \\| [^}]*|\\.Value \\| [^}]*|\\$labels\\.\\w+ }}")
	figures := func(text string) []string {
		all := action.FindAllString(text, -1)
		slices.Sort(all)
		return slices.Compact(all)
	}
	for alert, texts := range english {
		for name, text := range texts {
			if diff := cmp.Diff(figures(text), figures(chinese[alert][name])); diff != "" {
				t.Errorf("%s of %s (-English +Chinese):\n%s", name, alert, diff)
			}
			if name != "runbook_url" && !regexp.MustCompile(`\p{Han}`).MatchString(chinese[alert][name]) {
				t.Errorf("%s of %s is not Chinese: %s", name, alert, chinese[alert][name])
			}
		}
	}
	if len(english) == 0 || len(english) != len(chinese) {
		t.Errorf("%d alerts in English, %d in Chinese", len(english), len(chinese))
	}
}

// annotations returns those of a file's alerts, by alert.
func annotations(t *testing.T, path string) map[string]map[string]string {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert       string
				Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(read(t, path), &file); err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]string{}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if r.Alert != "" {
				all[r.Alert] = r.Annotations
			}
		}
	}
	return all
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

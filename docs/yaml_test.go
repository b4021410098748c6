package docs_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	toolkit "github.com/prometheus/exporter-toolkit/web"
	"go.yaml.in/yaml/v3"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/config"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/poll"
)

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
		harness.Write(t, dir, f, "sesame")
	}
	harness.Certificate(t, dir)
	switch {
	case keys["scrape_configs"] != nil:
		return sameScrape(t, keys)
	case keys["relabel_configs"] != nil:
		return sameSharding(t, keys)
	case keys["tls_server_config"] != nil:
		text = strings.NewReplacer("server.crt", "cert.pem", "server.key", "key.pem").Replace(text)
		return toolkit.Validate(harness.Write(t, dir, "web.yml", text))
	case keys["token"] != nil:
		text = "accounts:\n  - name: brand\n    app_id: wx0123456789abcdef\n    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
	}
	_, err := config.Load(harness.Write(t, dir, "config.yml", replaced(t, dir, text)), known())
	return err
}

// sameSharding: how accounts are shared among servers is shown as it is in the
// example configuration, which promtool checks.
func sameSharding(t *testing.T, keys map[string]any) error {
	t.Helper()
	var example struct {
		Jobs []map[string]any `yaml:"scrape_configs"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "prometheus/prometheus-replicas.yml")), &example); err != nil {
		return err
	}
	if !slices.ContainsFunc(example.Jobs, func(job map[string]any) bool {
		return reflect.DeepEqual(job["relabel_configs"], keys["relabel_configs"])
	}) {
		return errors.New("no job of prometheus/prometheus-replicas.yml is relabelled like that")
	}
	return nil
}

// TestKubernetesConfiguration loads the configuration that the manifests hold.
func TestKubernetesConfiguration(t *testing.T) {
	var object struct{ Data map[string]string }
	if err := yaml.Unmarshal([]byte(read(t, "deploy/kubernetes/config.yaml")), &object); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	harness.Write(t, dir, "secrets/brand", "sesame")
	if _, err := config.Load(harness.Write(t, dir, "config.yml", object.Data["config.yml"]), known()); err != nil {
		t.Error(err)
	}
}

// replaced puts files that exist into the place of absolute ones.
func replaced(t *testing.T, dir, text string) string {
	t.Helper()
	return regexp.MustCompile(`/(?:run|var)/\S+`).ReplaceAllStringFunc(text, func(path string) string {
		return harness.Write(t, dir, filepath.Base(path), "sesame")
	})
}

// sameScrape compares a scrape configuration with the one that Prometheus has
// checked, but for the address.
func sameScrape(t *testing.T, keys map[string]any) error {
	t.Helper()
	text := strings.ReplaceAll(read(t, "prometheus/prometheus.yml"), "wx_exporter:10049", "localhost:10049")
	var checked map[string]any
	if err := yaml.Unmarshal([]byte(text), &checked); err != nil {
		return err
	}
	if !reflect.DeepEqual(keys["scrape_configs"], checked["scrape_configs"]) {
		t.Errorf("the scrape configuration is not the one of prometheus/prometheus.yml")
	}
	return nil
}

// known is what the program tells of its families and labels.
func known() config.Vocabulary {
	families := collector.Families()
	labels := append(collector.LabelNames(families), poll.LabelNames()...)
	slices.Sort(labels)
	return config.Vocabulary{Families: collector.Names(families), Labels: slices.Compact(labels)}
}

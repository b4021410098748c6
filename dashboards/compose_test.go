package dashboards_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// compose is docker-compose.yml as far as its parts have to fit together.
type compose struct {
	Services map[string]struct {
		Image       string
		Build       struct{ Context string }
		Entrypoint  []string
		Command     []string
		Environment map[string]string
		Volumes     []string
		Ports       []string
		Profiles    []string
		DependsOn   dependencies `yaml:"depends_on"`
	}
	Volumes map[string]any
}

// dependencies are names of services, with or without what is waited for.
type dependencies []string

// UnmarshalYAML implements yaml.Unmarshaler.
func (d *dependencies) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Decode((*[]string)(d))
	}
	var conditions map[string]struct{ Condition string }
	err := n.Decode(&conditions)
	*d = slices.Collect(maps.Keys(conditions))
	return err
}

func parse(t *testing.T, file string, into any) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", file))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(content, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// inContainer returns the file of the repository that a service sees at a path,
// "" for none.
func (c compose) inContainer(service, at string) string {
	for _, v := range c.Services[service].Volumes {
		parts := strings.Split(v, ":")
		if rest, ok := strings.CutPrefix(at, parts[1]); ok && (rest == "" || rest[0] == '/') {
			return path.Join("..", parts[0], rest)
		}
	}
	return ""
}

// TestComposeFitsTogether: without Docker, what can be held against each other
// is: files, paths in containers, and the names and ports of services.
func TestComposeFitsTogether(t *testing.T) {
	var c compose
	parse(t, "docker-compose.yml", &c)
	sees := func(service, at string) {
		t.Helper()
		file := c.inContainer(service, at)
		if file == "" {
			t.Errorf("%s has nothing mounted at %s", service, at)
		} else if _, err := os.Stat(file); err != nil {
			t.Errorf("%s at %s: %v", service, at, err)
		}
	}
	reaches := func(from, address string, port string) {
		t.Helper()
		host, p, _ := strings.Cut(address, ":")
		if _, ok := c.Services[host]; !ok || p != port {
			t.Errorf("%s asks %s, want a service at port %s", from, address, port)
		}
	}
	for name, s := range c.Services {
		if (s.Image == "") == (s.Build.Context == "") || strings.HasSuffix(s.Image, ":latest") || s.Image != "" && !strings.Contains(s.Image, ":") {
			t.Errorf("%s: image %q, build %q", name, s.Image, s.Build.Context)
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s is open to the network at %s", name, p)
			}
		}
		for _, v := range s.Volumes {
			if file := strings.Split(v, ":")[0]; strings.HasPrefix(file, "./") {
				if _, err := os.Stat(filepath.Join("..", file)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			if _, ok := c.Volumes[source]; !ok && !strings.HasPrefix(source, ".") {
				t.Errorf("%s: no volume %s", name, source)
			}
		}
		for _, arg := range s.Command {
			if at, ok := strings.CutPrefix(arg, "--config.file="); ok {
				sees(name, at)
			}
		}
		for _, other := range s.DependsOn {
			if _, ok := c.Services[other]; !ok {
				t.Errorf("%s depends on %s, which is no service", name, other)
			}
		}
	}
	sees("grafana", c.Services["grafana"].Environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
	sees("grafana", "/etc/grafana/provisioning/dashboards/wx_exporter.yml")
	sees("grafana", "/etc/grafana/provisioning/datasources/wx_exporter.yml")

	var providers struct {
		Providers []struct {
			Name, Folder, Type string
			FolderUID          string `yaml:"folderUid"`
			Options            struct{ Path string }
		}
	}
	parse(t, "dashboards/provisioning/dashboards.yml", &providers)
	var names []string
	uids := dashboardUIDs(t)
	for _, p := range providers.Providers {
		sees("grafana", p.Options.Path)
		if slices.Contains(names, p.Name) || p.Type != "file" {
			t.Errorf("provider %+v", p)
		}
		names = append(names, p.Name)
		// Folders and dashboards share their uids: with one that is taken, a
		// dashboard never loads.
		if p.FolderUID == "" || uids[p.FolderUID] {
			t.Errorf("folder %s has no uid or one that is taken: %q", p.Folder, p.FolderUID)
		}
		uids[p.FolderUID] = true
	}
	if len(names) != 2 {
		t.Errorf("%d providers, want one for each language", len(names))
	}

	var sources struct {
		Datasources []struct {
			Type, URL, User string
			IsDefault       bool                      `yaml:"isDefault"`
			JSONData        struct{ Database string } `yaml:"jsonData"`
		}
	}
	parse(t, "dashboards/provisioning/datasources.yml", &sources)
	ports := map[string]string{"prometheus": "9090", "grafana-postgresql-datasource": "5432"}
	for _, d := range sources.Datasources {
		reaches("grafana", strings.TrimPrefix(d.URL, "http://"), ports[d.Type])
		if d.IsDefault != (d.Type == "prometheus") {
			t.Errorf("data source %+v", d)
		}
		if d.User == "" {
			continue
		}
		database := fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", d.User, d.URL, d.JSONData.Database)
		if !slices.Contains(c.Services["replica"].Command, "--storage.url="+database) || c.Services["postgres"].Environment["POSTGRES_USER"] != d.User {
			t.Errorf("Grafana asks %s, which the exporters do not use", database)
		}
	}
	if len(sources.Datasources) != len(ports) {
		t.Errorf("data sources %+v", sources.Datasources)
	}
	for name, s := range c.Services {
		for _, other := range s.DependsOn {
			if len(s.Profiles) == 0 && len(c.Services[other].Profiles) > 0 {
				t.Errorf("%s needs %s, which is in a profile", name, other)
			}
		}
	}

	type static struct {
		Configs []struct{ Targets []string } `yaml:"static_configs"`
	}
	var prometheus struct {
		Rules    []string `yaml:"rule_files"`
		Alerting struct{ Alertmanagers []static }
		Scrape   []static `yaml:"scrape_configs"`
	}
	parse(t, "prometheus/prometheus.yml", &prometheus)
	for _, r := range prometheus.Rules {
		sees("prometheus", path.Join("/etc/prometheus", r))
	}
	reaches("prometheus", prometheus.Alerting.Alertmanagers[0].Configs[0].Targets[0], "9093")
	reaches("prometheus", prometheus.Scrape[0].Configs[0].Targets[0], "10049")
}

func dashboardUIDs(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*/wx-*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	uids := map[string]bool{}
	for _, file := range files {
		var d struct{ UID string }
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(content, &d); err != nil {
			t.Fatal(err)
		}
		uids[d.UID] = true
	}
	return uids
}

// TestAlertmanagerConfiguration: its routes lead to receivers that exist.
func TestAlertmanagerConfiguration(t *testing.T) {
	var c struct {
		Route     struct{ Receiver string }
		Receivers []struct{ Name string }
	}
	parse(t, "prometheus/alertmanager.yml", &c)
	if len(c.Receivers) != 1 || c.Receivers[0].Name != c.Route.Receiver {
		t.Errorf("receivers %v for the route to %q", c.Receivers, c.Route.Receiver)
	}
}

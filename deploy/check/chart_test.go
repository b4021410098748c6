package check

import (
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

func loadChart(t *testing.T) *chart.Chart {
	t.Helper()
	c, err := loader.LoadDir("../helm/wx-exporter")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// render returns the files that the chart makes for a release with some values,
// without those that come out empty.
func render(t *testing.T, release, values string) (files map[string][]byte, err error) {
	t.Helper()
	c := loadChart(t)
	given, err := chartutil.ReadValues([]byte(values))
	if err != nil {
		t.Fatal(err)
	}
	options := chartutil.ReleaseOptions{Name: release, Namespace: "monitoring", Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(c, given, options, nil)
	if err != nil {
		return nil, err
	}
	e := engine.Engine{Strict: true} // a value that is not there is an error
	texts, err := e.Render(c, all)
	files = map[string][]byte{}
	for name, text := range texts {
		if strings.TrimSpace(text) != "" {
			files[path.Base(name)] = []byte(text)
		}
	}
	return files, err
}

// objects renders the chart and decodes what comes out, strictly.
func objects(t *testing.T, release, values string) (m manifests, missing []string) {
	t.Helper()
	files, err := render(t, release, values)
	if err != nil {
		t.Fatal(err)
	}
	delete(files, "NOTES.txt")
	return decode(t, files)
}

// TestChartIsTheManifests: what is right in the one is right in the other, for
// a release of the same name.
func TestChartIsTheManifests(t *testing.T) {
	for directory, values := range kinds {
		t.Run(directory, func(t *testing.T) {
			chart, lacks := objects(t, "wx-exporter", values)
			plain, missing := read(t, directory)
			if !slices.Equal(lacks, missing) {
				t.Errorf("the chart lacks %v, the manifests %v", lacks, missing)
			}
			same(t, chart, plain)
		})
	}
}

func same(t *testing.T, chart, plain manifests) {
	t.Helper()
	for _, m := range []*manifests{&chart, &plain} {
		for _, object := range []*v1.ObjectMeta{
			&m.config.ObjectMeta, &m.deployment.ObjectMeta, &m.claim.ObjectMeta, &m.service.ObjectMeta, &m.monitor.ObjectMeta,
			&m.budget.ObjectMeta, &m.scrape.ObjectMeta, &m.deployment.Spec.Template.ObjectMeta,
		} {
			object.Annotations = nil
			ownLabels(object.Labels)
		}
		ownLabels(m.deployment.Spec.Selector.MatchLabels)
		ownLabels(m.service.Spec.Selector)
		ownLabels(m.monitor.Spec.Selector.MatchLabels)
		if m.budget.Spec.Selector != nil {
			ownLabels(m.budget.Spec.Selector.MatchLabels)
			ownLabels(m.deployment.Spec.Template.Spec.Affinity.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution[0].PodAffinityTerm.LabelSelector.MatchLabels)
		}
		m.config.Data["config.yml"] = canonical(t, m.config.Data["config.yml"])
		m.deployment.Spec.Template.Spec.Containers[0].ImagePullPolicy = core.PullIfNotPresent // as a tag implies
	}
	for _, pair := range [][2]any{
		{chart.config, plain.config}, {chart.deployment, plain.deployment}, {chart.claim, plain.claim},
		{chart.service, plain.service}, {chart.monitor, plain.monitor}, {chart.budget, plain.budget}, {chart.scrape, plain.scrape},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("the chart has\n%s\nand the manifests\n%s", text(t, pair[0]), text(t, pair[1]))
		}
	}
}

// ownLabels drops the labels that only a chart has.
func ownLabels(labels map[string]string) {
	for name := range labels {
		if name != "app.kubernetes.io/name" {
			delete(labels, name)
		}
	}
}

func canonical(t *testing.T, document string) string {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(document), &v); err != nil {
		t.Fatal(err)
	}
	return text(t, v)
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := yaml.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestTwoReleases: neither selects the other's pod or takes its store.
func TestTwoReleases(t *testing.T) {
	a, _ := objects(t, "one", "")
	b, _ := objects(t, "two", "")
	if contains(b.deployment.Spec.Template.Labels, a.service.Spec.Selector) || contains(b.deployment.Spec.Template.Labels, a.deployment.Spec.Selector.MatchLabels) {
		t.Errorf("the pod of two has %v, which one selects by %v", b.deployment.Spec.Template.Labels, a.service.Spec.Selector)
	}
	for _, names := range [][2]string{
		{a.deployment.Name, b.deployment.Name}, {a.claim.Name, b.claim.Name}, {a.config.Name, b.config.Name}, {a.service.Name, b.service.Name},
	} {
		if names[0] == names[1] {
			t.Errorf("both releases have a %s", names[0])
		}
	}
}

// TestChartValues: every value is there to change something.
func TestChartValues(t *testing.T) {
	whole := func(values string) string {
		m, _ := objects(t, "wx-exporter", values)
		all := text(t, m.deployment) + text(t, m.config) + text(t, m.claim) + text(t, m.monitor)
		return strings.Join(strings.Fields(all), " ")
	}
	before := whole("")
	for values, pieces := range map[string][]string{
		"image: {repository: registry.example/wx_exporter, tag: v9}":        {"image: registry.example/wx_exporter:v9"},
		"image: {pullPolicy: Always}":                                       {"imagePullPolicy: Always"},
		"imagePullSecrets: [{name: registry}]":                              {"imagePullSecrets: - name: registry"},
		`config: {poll: {not_before: "09:30"}}`:                             {`not_before: "09:30"`},
		"secret: {name: wechat, keys: [brand, tokens]}":                     {"name: wechat", "key: tokens path: secrets/tokens"},
		"env: {WX_EXPORTER_WEB_ENABLE_LIFECYCLE: true}":                     {`name: WX_EXPORTER_WEB_ENABLE_LIFECYCLE value: "true"`},
		"persistence: {existingClaim: mine}":                                {"claimName: mine"},
		"persistence: {storageClass: fast, size: 2Gi}":                      {"storageClassName: fast", "storage: 2Gi"},
		"resources: {limits: {memory: 1Gi}}":                                {"memory: 1Gi"},
		"nodeSelector: {zone: a}":                                           {"zone: a"},
		"tolerations: [{key: spot, operator: Exists}]":                      {"key: spot"},
		"serviceMonitor: {enabled: true, interval: 2m, scrapeTimeout: 20s}": {"interval: 2m", "scrapeTimeout: 20s"},
		"serviceMonitor: {enabled: true, labels: {release: prom}}":          {"release: prom"},
		"postgres: {secret: db, key: dsn}":                                  {"key: dsn name: db"},
		"{postgres: {secret: db}, replicas: 5}":                             {"replicas: 5"},
		"probes: {scheme: HTTPS}": {
			"livenessProbe: httpGet: path: /-/healthy port: http scheme: HTTPS",
			"readinessProbe: httpGet: path: /-/ready port: http scheme: HTTPS",
		},
		"probes: {headers: [{name: Authorization, value: Basic eDp5}]}": {
			"livenessProbe: httpGet: httpHeaders: - name: Authorization value: Basic eDp5 path: /-/healthy",
			"readinessProbe: httpGet: httpHeaders: - name: Authorization value: Basic eDp5 path: /-/ready",
		},
		"probes: {tcp: true}": {"livenessProbe: periodSeconds: 30 tcpSocket: port: http", "readinessProbe: tcpSocket: port: http"},
	} {
		after := whole(values)
		for _, piece := range pieces {
			if strings.Contains(before, piece) || !strings.Contains(after, piece) {
				t.Errorf("%s does not lead to %q:\n%s", values, piece, after)
			}
		}
	}
	if _, missing := objects(t, "wx-exporter", "persistence: {existingClaim: mine}"); !slices.Contains(missing, "v1 PersistentVolumeClaim") {
		t.Error("there is a claim of the chart's own beside an existing one")
	}
	if all := whole("secret: {keys: []}"); strings.Contains(all, "secret:") {
		t.Errorf("a Secret without keys is mounted:\n%s", all)
	}
}

// TestConfigurationRestarts: a pod reads its configuration when it starts.
func TestConfigurationRestarts(t *testing.T) {
	before, _ := objects(t, "wx-exporter", "")
	after, _ := objects(t, "wx-exporter", "config: {window: {daily: 60}}")
	if reflect.DeepEqual(before.deployment.Spec.Template, after.deployment.Spec.Template) {
		t.Error("another configuration does not make another pod")
	}
}

// TestSubchart: the chart can be one of another chart's, which may switch it off.
func TestSubchart(t *testing.T) {
	if _, err := render(t, "wx-exporter", "enabled: true\nglobal: {registry: example}"); err != nil {
		t.Error(err)
	}
	for _, template := range loadChart(t).Templates {
		for line := range strings.Lines(string(template.Data)) {
			if strings.Contains(line, "define ") && !strings.Contains(line, `"wx-exporter.`) {
				t.Errorf("%s: the name belongs to all charts: %s", template.Name, line)
			}
		}
	}
}

// TestBadValues: what the chart does not know is told by name.
func TestBadValues(t *testing.T) {
	for values, name := range map[string]string{
		"imagge: {tag: v9}":                    "imagge",
		"persistence: {storageClassName: x}":   "storageClassName",
		"serviceMonitor: {enabled: sometimes}": "enabled",
		"env: {log-level: debug}":              "log-level",
		"probes: {scheme: https}":              "scheme",
		"probes: {headers: [{name: X}]}":       "value",
		"replicas: 2":                          "postgres.secret",
	} {
		if _, err := render(t, "wx-exporter", values); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", values, err)
		}
	}
}

// TestDeployedVersion: chart and manifests are of the version that is released.
func TestDeployedVersion(t *testing.T) {
	content, err := os.ReadFile("../../VERSION")
	if err != nil {
		t.Fatal(err)
	}
	version := strings.TrimSpace(string(content))
	if c := loadChart(t).Metadata; c.Version != version || c.AppVersion != version {
		t.Errorf("the chart is %s of %s, want %s", c.Version, c.AppVersion, version)
	}
	for directory := range kinds {
		m, _ := read(t, directory)
		if image := m.deployment.Spec.Template.Spec.Containers[0].Image; image != "wx_exporter:"+version {
			t.Errorf("%s: the image is %s, want version %s", directory, image, version)
		}
	}
}

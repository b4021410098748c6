package check

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	scraping "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// The directories of manifests, each with the chart's values for the same.
var kinds = map[string]string{
	"kubernetes":          "serviceMonitor: {enabled: true}",
	"kubernetes-replicas": "{serviceMonitor: {enabled: true}, replicas: 3, postgres: {secret: wx-exporter-postgres}}",
}

// manifests are the objects that a directory describes, one each.
type manifests struct {
	config     core.ConfigMap
	deployment apps.Deployment
	claim      core.PersistentVolumeClaim
	service    core.Service
	monitor    monitoring.ServiceMonitor
	budget     policy.PodDisruptionBudget
	scrape     scraping.ScrapeConfig
}

// read decodes the files of a directory.
func read(t *testing.T, directory string) (m manifests, missing []string) {
	t.Helper()
	files, err := filepath.Glob("../" + directory + "/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	texts := map[string][]byte{}
	for _, file := range files {
		if texts[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return decode(t, texts)
}

// decode decodes files of objects strictly: no key that the API does not know,
// none twice, no value of another type. missing are the kinds that no file has.
func decode(t *testing.T, files map[string][]byte) (m manifests, missing []string) {
	t.Helper()
	kinds := map[string]any{
		"v1 ConfigMap":                                &m.config,
		"apps/v1 Deployment":                          &m.deployment,
		"v1 PersistentVolumeClaim":                    &m.claim,
		"v1 Service":                                  &m.service,
		"monitoring.coreos.com/v1 ServiceMonitor":     &m.monitor,
		"policy/v1 PodDisruptionBudget":               &m.budget,
		"monitoring.coreos.com/v1alpha1 ScrapeConfig": &m.scrape,
	}
	for file, text := range files {
		for doc := range bytes.SplitSeq(text, []byte("\n---\n")) {
			var head meta.TypeMeta
			if err := yaml.Unmarshal(doc, &head); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			kind := head.APIVersion + " " + head.Kind
			to := kinds[kind]
			if to == nil {
				t.Fatalf("%s: a second %s, or one that this test does not know", file, kind)
			}
			delete(kinds, kind)
			text, err := yaml.YAMLToJSONStrict(doc)
			if err != nil {
				t.Fatalf("%s: %s: %v", file, kind, err)
			}
			unknown, err := json.UnmarshalStrict(text, to)
			for _, err := range append(unknown, err) {
				if err != nil {
					t.Errorf("%s: %s: %v", file, kind, err)
				}
			}
		}
	}
	return m, slices.Sorted(maps.Keys(kinds))
}

// TestManifestsFit holds the objects against each other: a name that is written
// twice is the same twice.
func TestManifestsFit(t *testing.T) {
	for directory := range kinds {
		t.Run(directory, func(t *testing.T) {
			m, _ := read(t, directory)
			fit(t, m)
		})
	}
}

func fit(t *testing.T, m manifests) {
	t.Helper()
	spec := m.deployment.Spec
	labels := spec.Template.Labels
	for name, selector := range map[string]map[string]string{
		"Deployment": spec.Selector.MatchLabels,
		"Service":    m.service.Spec.Selector,
	} {
		if !contains(labels, selector) {
			t.Errorf("%s selects %v, the pod has %v", name, selector, labels)
		}
	}
	if !contains(m.service.Labels, m.monitor.Spec.Selector.MatchLabels) {
		t.Errorf("ServiceMonitor selects %v, the service has %v", m.monitor.Spec.Selector.MatchLabels, m.service.Labels)
	}
	container := spec.Template.Spec.Containers[0]
	ports := map[string]bool{}
	for _, p := range container.Ports {
		ports[p.Name] = true
	}
	for _, p := range []string{m.service.Spec.Ports[0].TargetPort.StrVal, container.ReadinessProbe.HTTPGet.Port.StrVal, container.LivenessProbe.HTTPGet.Port.StrVal} {
		if !ports[p] {
			t.Errorf("no port of the container is called %q", p)
		}
	}
	if got := m.monitor.Spec.Endpoints[0].Port; got != m.service.Spec.Ports[0].Name {
		t.Errorf("ServiceMonitor scrapes the port %q, the service has %q", got, m.service.Spec.Ports[0].Name)
	}
	volumes := map[string]core.Volume{}
	for _, v := range spec.Template.Spec.Volumes {
		volumes[v.Name] = v
	}
	for _, mount := range container.VolumeMounts {
		if _, ok := volumes[mount.Name]; !ok {
			t.Errorf("there is no volume %q to mount", mount.Name)
		}
	}
	if data, ok := volumes["data"]; ok && data.PersistentVolumeClaim.ClaimName != m.claim.Name {
		t.Errorf("the store is on the claim %q, want %q", data.PersistentVolumeClaim.ClaimName, m.claim.Name)
	}
	if got := volumes["config"].Projected.Sources[0].ConfigMap.Name; got != m.config.Name {
		t.Errorf("the configuration is in %q, want %q", got, m.config.Name)
	}
}

func contains(all, some map[string]string) bool {
	return len(some) > 0 && maps.Equal(some, intersect(all, some))
}

func intersect(all, some map[string]string) map[string]string {
	both := map[string]string{}
	for k := range some {
		if v, ok := all[k]; ok {
			both[k] = v
		}
	}
	return both
}

// TestPodIsRestricted holds the pods to Kubernetes' restricted profile.
func TestPodIsRestricted(t *testing.T) {
	for directory := range kinds {
		m, _ := read(t, directory)
		pod := m.deployment.Spec.Template.Spec
		if s := pod.SecurityContext; !*s.RunAsNonRoot || *s.RunAsUser != 65532 || *s.FSGroup != 65532 || s.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
			t.Errorf("%s: security context of the pod: %v", directory, s)
		}
		c := pod.Containers[0].SecurityContext
		if *c.AllowPrivilegeEscalation || !*c.ReadOnlyRootFilesystem || !slices.Equal(c.Capabilities.Drop, []core.Capability{"ALL"}) || len(c.Capabilities.Add) > 0 {
			t.Errorf("%s: security context of the container: %v", directory, c)
		}
		if *pod.AutomountServiceAccountToken {
			t.Errorf("%s: the pod gets a token of the cluster that it does not need", directory)
		}
	}
}

// TestOneProcessOnAVolume: no second process wants the store, and a single pod has
// no budget of disruptions.
func TestOneProcessOnAVolume(t *testing.T) {
	m, _ := read(t, "kubernetes")
	if spec := m.deployment.Spec; *spec.Replicas != 1 || spec.Strategy.Type != apps.RecreateDeploymentStrategyType {
		t.Errorf("%d replicas by %s: two processes could want the store", *spec.Replicas, spec.Strategy.Type)
	}
	if _, missing := read(t, "kubernetes"); !slices.Contains(missing, "policy/v1 PodDisruptionBudget") {
		t.Error("a budget for one pod keeps its node from being drained")
	}
}

// TestReplicasShareADatabase: each replica has a name of its own and the database
// from the Secret, no volume, and not all end at the same time.
func TestReplicasShareADatabase(t *testing.T) {
	m, _ := read(t, "kubernetes-replicas")
	spec, pod := m.deployment.Spec, m.deployment.Spec.Template.Spec
	container := pod.Containers[0]
	if n := spec.Strategy.RollingUpdate.MaxUnavailable.IntValue(); int32(n) >= *spec.Replicas || n < 1 {
		t.Errorf("%d of %d replicas may be down in an update", n, *spec.Replicas)
	}
	if n := m.budget.Spec.MaxUnavailable.IntValue(); int32(n) >= *spec.Replicas || n < 1 || !contains(spec.Template.Labels, m.budget.Spec.Selector.MatchLabels) {
		t.Errorf("the budget is %v of %v", n, m.budget.Spec.Selector)
	}
	apart := pod.Affinity.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution[0].PodAffinityTerm
	if apart.TopologyKey != "kubernetes.io/hostname" || !contains(spec.Template.Labels, apart.LabelSelector.MatchLabels) {
		t.Errorf("pods are kept apart by %+v", apart)
	}
	from := map[string]*core.EnvVarSource{}
	for _, v := range container.Env {
		from[v.Name] = v.ValueFrom
	}
	if f := from["WX_EXPORTER_REPLICA_NAME"]; f == nil || f.FieldRef.FieldPath != "metadata.name" {
		t.Errorf("a replica's name is from %v", f)
	}
	if f := from["WX_EXPORTER_STORAGE_URL"]; f == nil || f.SecretKeyRef == nil {
		t.Errorf("the database's URL is from %v", f)
	}
	if len(container.Args) > 0 || len(container.Command) > 0 {
		t.Errorf("arguments, where a password would show: %v %v", container.Command, container.Args)
	}
	for _, v := range pod.Volumes {
		if v.PersistentVolumeClaim != nil {
			t.Errorf("three pods want the claim %s", v.PersistentVolumeClaim.ClaimName)
		}
	}
	if !slices.ContainsFunc(container.VolumeMounts, func(v core.VolumeMount) bool { return v.MountPath == "/tmp" && !v.ReadOnly }) {
		t.Error("the root is read-only, and there is no room for downloads")
	}
	host, port, _ := strings.Cut(string(m.scrape.Spec.StaticConfigs[0].Targets[0]), ":")
	if name, _, _ := strings.Cut(host, "."); name != m.service.Name || port != fmt.Sprint(m.service.Spec.Ports[0].Port) {
		t.Errorf("the figures are scraped at %s:%s, the service is %s", host, port, m.service.Name)
	}
}

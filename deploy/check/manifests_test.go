package check

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// manifests are the objects that the directory kubernetes describes, one each.
type manifests struct {
	config     core.ConfigMap
	deployment apps.Deployment
	claim      core.PersistentVolumeClaim
	service    core.Service
	monitor    monitoring.ServiceMonitor
}

// read decodes the files of the directory kubernetes.
func read(t *testing.T) manifests {
	t.Helper()
	files, err := filepath.Glob("../kubernetes/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][]byte{}
	for _, file := range files {
		if texts[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	m, missing := decode(t, texts)
	for _, kind := range missing {
		t.Errorf("no file has a %s", kind)
	}
	return m
}

// decode decodes files of objects strictly: no key that the API does not know,
// none twice, no value of another type. missing are the kinds that no file has.
func decode(t *testing.T, files map[string][]byte) (m manifests, missing []string) {
	t.Helper()
	kinds := map[string]any{
		"v1 ConfigMap":                            &m.config,
		"apps/v1 Deployment":                      &m.deployment,
		"v1 PersistentVolumeClaim":                &m.claim,
		"v1 Service":                              &m.service,
		"monitoring.coreos.com/v1 ServiceMonitor": &m.monitor,
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
	m := read(t)
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
	if got := volumes["data"].PersistentVolumeClaim.ClaimName; got != m.claim.Name {
		t.Errorf("the store is on the claim %q, want %q", got, m.claim.Name)
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

// TestPodIsRestricted holds the pod to Kubernetes' restricted profile, and to
// the one process that a store may have.
func TestPodIsRestricted(t *testing.T) {
	spec := read(t).deployment.Spec
	if *spec.Replicas != 1 || spec.Strategy.Type != apps.RecreateDeploymentStrategyType {
		t.Errorf("%d replicas by %s: two processes could want the store", *spec.Replicas, spec.Strategy.Type)
	}
	pod := spec.Template.Spec
	if s := pod.SecurityContext; !*s.RunAsNonRoot || *s.RunAsUser != 65532 || *s.FSGroup != 65532 || s.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
		t.Errorf("security context of the pod: %v", s)
	}
	c := pod.Containers[0].SecurityContext
	if *c.AllowPrivilegeEscalation || !*c.ReadOnlyRootFilesystem || !slices.Equal(c.Capabilities.Drop, []core.Capability{"ALL"}) || len(c.Capabilities.Add) > 0 {
		t.Errorf("security context of the container: %v", c)
	}
	if *pod.AutomountServiceAccountToken {
		t.Error("the pod gets a token of the cluster that it does not need")
	}
}

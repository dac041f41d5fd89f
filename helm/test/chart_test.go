// Package test renders the chart mirror-maker with the values that users give
// and holds the manifests against what Kubernetes and Prometheus take.
//
// It is a module of its own so that Helm's and Prometheus' libraries do not
// weigh on the program's.
package test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

const chartDir = "../mirror-maker"

var update = flag.Bool("update", false, "rewrite golden files and the chart's README.md")

// A manifest is one rendered object.
type manifest struct {
	kind, name, text string
	object           runtime.Object
}

type release []manifest

// render is helm template: values are YAML.
func render(values string) (map[string]string, error) {
	chart, err := loader.LoadDir(chartDir)
	if err != nil {
		return nil, err
	}
	given, err := chartutil.ReadValues([]byte(values))
	if err != nil {
		return nil, err
	}
	all, err := chartutil.ToRenderValues(chart, given,
		chartutil.ReleaseOptions{Name: "dr", Namespace: "kafka", IsInstall: true, Revision: 1}, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	return engine.Render(chart, all)
}

// install renders and decodes; whatever Kubernetes would not know fails the test.
func install(t *testing.T, values string) release {
	t.Helper()
	files, err := render(values)
	if err != nil {
		t.Fatal(err)
	}
	var out release
	for _, name := range sorted(files) {
		if strings.HasSuffix(name, "NOTES.txt") {
			continue
		}
		for _, text := range documents(files[name]) {
			m, err := decode(text)
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, text)
			}
			out = append(out, m)
		}
	}
	return out
}

func notes(t *testing.T, values string) string {
	t.Helper()
	files, err := render(values)
	if err != nil {
		t.Fatal(err)
	}
	return files["mirror-maker/templates/NOTES.txt"]
}

func sorted(files map[string]string) []string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func documents(text string) []string {
	var out []string
	for _, doc := range strings.Split("\n"+text, "\n---") {
		var any map[string]any
		if yaml.Unmarshal([]byte(doc), &any); len(any) > 0 {
			out = append(out, strings.TrimSpace(doc)+"\n")
		}
	}
	return out
}

var strict = func() runtime.Decoder {
	if err := monitoring.AddToScheme(scheme.Scheme); err != nil {
		panic(err)
	}
	scheme.Scheme.AddKnownTypeWithName(schema.GroupVersionKind{Group: "keda.sh", Version: "v1alpha1", Kind: "ScaledObject"}, &scaledObject{})
	return json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme.Scheme, scheme.Scheme, json.SerializerOptions{Yaml: true, Strict: true})
}()

// scaledObject is what the chart uses of KEDA's, whose own types would bring
// many modules along.
type scaledObject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		ScaleTargetRef struct {
			Name string `json:"name"`
		} `json:"scaleTargetRef"`
		MinReplicaCount *int32 `json:"minReplicaCount"`
		MaxReplicaCount *int32 `json:"maxReplicaCount"`
		PollingInterval *int32 `json:"pollingInterval"`
		CooldownPeriod  *int32 `json:"cooldownPeriod"`
		Triggers        []struct {
			Type     string            `json:"type"`
			Metadata map[string]string `json:"metadata"`
		} `json:"triggers"`
	} `json:"spec"`
}

func (s *scaledObject) DeepCopyObject() runtime.Object { c := *s; return &c }

func decode(text string) (manifest, error) {
	o, kind, err := strict.Decode([]byte(text), nil, nil)
	if err != nil {
		return manifest{}, err
	}
	named, ok := o.(metav1.Object)
	if !ok {
		return manifest{}, errors.New("it has no metadata")
	}
	return manifest{kind.Kind, named.GetName(), text, o}, nil
}

// find returns the only object of a type.
func find[T runtime.Object](t *testing.T, r release) T {
	t.Helper()
	var found []T
	for _, m := range r {
		if o, ok := m.object.(T); ok {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		var none T
		t.Fatalf("%d of %T, want one: %v", len(found), none, r.kinds())
	}
	return found[0]
}

func (r release) kinds() string {
	var out []string
	for _, m := range r {
		out = append(out, m.kind)
	}
	return strings.Join(out, " ")
}

func (r release) text() string {
	var out []string
	for _, m := range r {
		out = append(out, m.text)
	}
	return strings.Join(out, "---\n")
}

// mirror is the container that mirrors.
func mirror(t *testing.T, r release) corev1.Container {
	t.Helper()
	for _, c := range find[*appsv1.Deployment](t, r).Spec.Template.Spec.Containers {
		if c.Name == "mirror-maker" {
			return c
		}
	}
	t.Fatal("no container mirror-maker")
	return corev1.Container{}
}

func env(c corev1.Container, name string) string {
	for _, e := range c.Env {
		if e.Name == name {
			return e.Value
		}
	}
	return ""
}

// properties is the file as the pod sees it.
func properties(t *testing.T, r release) string {
	t.Helper()
	return string(find[*corev1.Secret](t, r).Data["mm2.properties"])
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (make chart-golden rewrites it):\n%s", path, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "(end)", "(end)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\n  got  %s\n  want %s", i+1, a, b)
		}
	}
	return "no line differs"
}

func read(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var b bytes.Buffer
	if _, err := io.Copy(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

package test

import (
	"fmt"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	appsv1 "k8s.io/api/apps/v1"
)

func TestKubernetesFrom127OnIsServed(t *testing.T) {
	chart, err := loader.LoadDir(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	for minor := 20; minor <= 40; minor++ {
		// EKS adds a suffix to its versions.
		for _, form := range []string{"v1.%d.3", "v1.%d.9-eks-1234567"} {
			version := fmt.Sprintf(form, minor)
			if got := chartutil.IsCompatibleRange(chart.Metadata.KubeVersion, version); got != (minor >= 27) {
				t.Errorf("%s: %v", version, got)
			}
		}
	}
	// What the chart makes is stable in all of these: one form for every version.
	for _, m := range install(t, everything) {
		switch v := m.object.GetObjectKind().GroupVersionKind().Version; v {
		case "v1", "v2": // of apps, policy, networking, monitoring; of autoscaling
		default:
			t.Errorf("%s %s: %s", m.kind, m.name, v)
		}
	}
}

// An upgrade may not change what the selector of a Deployment matches:
// Kubernetes refuses that.
func TestNoValueChangesTheSelector(t *testing.T) {
	want := find[*appsv1.Deployment](t, install(t, "")).Spec.Selector.String()
	values := []string{everything, "config: {existingSecret: mine}", "podLabels: {app: x}", "replicaCount: 0"}
	for _, example := range examples(t) {
		values = append(values, read(t, example))
	}
	for _, v := range values {
		if got := find[*appsv1.Deployment](t, install(t, v)).Spec.Selector.String(); got != want {
			t.Errorf("%s\nselects %s", v, got)
		}
	}
}

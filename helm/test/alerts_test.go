package test

import (
	"encoding/json"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// promql is the language without experiments.
var promql = parser.NewParser(parser.Options{})

const alerting = "prometheusRule: {enabled: true}\ndashboard: {enabled: true}\n"

func alerts(t *testing.T, values string) []monitoring.Rule {
	t.Helper()
	return find[*monitoring.PrometheusRule](t, install(t, values)).Spec.Groups[0].Rules
}

func TestPrometheusTakesTheRules(t *testing.T) {
	spec := find[*monitoring.PrometheusRule](t, install(t, everything)).Spec
	text, err := yaml.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	if _, errs := rulefmt.Parse(text, false, model.UTF8Validation, promql, slog.New(slog.DiscardHandler)); len(errs) > 0 {
		t.Error(errs)
	}
	for _, r := range spec.Groups[0].Rules {
		if r.Labels["severity"] == "" || r.Labels["team"] != "kafka" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("%s: %v %v", r.Alert, r.Labels, r.Annotations)
		}
	}
	if len(spec.Groups) != 2 || spec.Groups[1].Rules[0].Record != "lag" {
		t.Error("extraRules are missing")
	}
}

func TestAlertsFireWhenTheyShould(t *testing.T) {
	expressions := map[string]string{}
	for _, r := range alerts(t, alerting) {
		expressions[r.Alert] = r.Expr.String()
	}
	files, err := filepath.Glob("testdata/alerts/*.test")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	told := map[string]bool{}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			// $Name stands for an alert's expression, ID for the labels that tell one pod's series from others'.
			story := regexp.MustCompile(`\$\w+`).ReplaceAllStringFunc(read(t, path), func(name string) string {
				e, ok := expressions[name[1:]]
				if !ok {
					t.Fatalf("no alert %s", name[1:])
				}
				told[name[1:]] = true
				return strings.Join(strings.Fields(e), " ")
			})
			story = strings.ReplaceAll(story, "{ID", `{namespace="kafka",pod="dr-mirror-maker-7d4f-x2x"`)
			promqltest.RunTest(t, story, promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery))
		})
	}
	for name := range expressions {
		if !told[name] {
			t.Errorf("no story tells when %s fires", name)
		}
	}
}

func TestAlertsCanBeTunedAndLeftOut(t *testing.T) {
	for _, r := range alerts(t, "prometheusRule: {enabled: true, disabled: [MirrorThrottled], lagSeconds: 1000000, selector: 'job=\"x\"'}") {
		if r.Alert == "MirrorThrottled" || strings.Contains(r.Expr.String(), "namespace") {
			t.Errorf("%s: %s", r.Alert, r.Expr.String())
		}
		if r.Alert == "MirrorLag" && r.Expr.String() != `max by (flow, topic) (crosstide_mirror_lag_seconds{job="x"}) > 1000000` {
			t.Error(r.Expr.String())
		}
	}
	if len(alerts(t, alerting)) != 11 {
		t.Error("values.schema.json lists the alerts that can be left out: correct it and this number")
	}
}

// Names in rules and dashboards are names that the program's sources declare.
func TestOnlyMetricsThatExistAreAskedFor(t *testing.T) {
	declared := declaredMetrics(t)
	r := install(t, alerting)
	asked := map[string]string{}
	for _, rule := range find[*monitoring.PrometheusRule](t, r).Spec.Groups[0].Rules {
		asked[rule.Expr.String()] = rule.Alert
	}
	for _, e := range dashboardExpressions(t, find[*corev1.ConfigMap](t, r).Data["mirror.json"]) {
		asked[e] = "dashboard"
	}
	if len(asked) < 30 {
		t.Fatal("expressions are missing", len(asked))
	}
	for text, where := range asked {
		e, err := promql.ParseExpr(text)
		if err != nil {
			t.Errorf("%s: %s: %v", where, text, err)
			continue
		}
		parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
			if v, ok := n.(*parser.VectorSelector); ok {
				name := strings.TrimSuffix(v.Name, "_bucket")
				if !declared[name] && !strings.HasPrefix(name, "process_") {
					t.Errorf("%s: nothing declares %s", where, v.Name)
				}
			}
			return nil
		})
	}
}

func declaredMetrics(t *testing.T) map[string]bool {
	t.Helper()
	name := regexp.MustCompile(`"(crosstide_[a-z0-9_]+)"`)
	out := map[string]bool{}
	for _, root := range []string{"../../cmd", "../../connect", "../../connectors"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range name.FindAllSubmatch(text, -1) {
				out[string(m[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func dashboardExpressions(t *testing.T, text string) []string {
	t.Helper()
	var board struct {
		Panels []struct {
			Title, Description string
			Type               string
			Targets            []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(text), &board); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range board.Panels {
		if p.Type != "row" && (p.Description == "" || len(p.Targets) == 0) {
			t.Errorf("panel %q shows nothing or does not say what", p.Title)
		}
		for _, target := range p.Targets {
			out = append(out, strings.ReplaceAll(target.Expr, "$__rate_interval", "5m"))
		}
	}
	return out
}

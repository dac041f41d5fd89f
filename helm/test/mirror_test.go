package test

import (
	"path/filepath"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	podsecurity "k8s.io/pod-security-admission/api"
	checks "k8s.io/pod-security-admission/policy"
)

func TestLintHasNothingToSayOfDefaultsAndExamples(t *testing.T) {
	for _, values := range append(examples(t), "") {
		given := map[string]any{}
		if values != "" {
			v, err := chartutil.ReadValuesFile(values)
			if err != nil {
				t.Fatal(err)
			}
			given = v
		}
		for _, m := range lint.All(chartDir, given, "kafka", true).Messages {
			if m.Severity >= support.WarningSev {
				t.Errorf("%s: %s", values, m)
			}
		}
	}
}

func examples(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(chartDir + "/examples/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	return files
}

func TestEditingTheFileInTheChartsFolderIsEnough(t *testing.T) {
	r := install(t, "")
	if got, want := properties(t, r), read(t, chartDir+"/mm2.properties"); got != want {
		t.Errorf("the pod gets another file:\n%s", got)
	}
	c := mirror(t, r)
	if got := strings.Join(append(c.Command, c.Args...), " "); got != "connect-mirror-maker /etc/crosstide/config/mm2.properties --log-level=info --log-format=text" {
		t.Error(got)
	}
	if got := r.kinds(); got != "Secret Deployment PodDisruptionBudget Service ServiceAccount Pod" {
		t.Error(got)
	}
	golden(t, "defaults.yaml", r.text())
}

func TestNotesWarnOfUneditedPropertiesAndSayWhatToDoNext(t *testing.T) {
	n := notes(t, "")
	for _, want := range []string{"still name example.com", "get pods", "kafka-console-consumer.sh", "helm test dr -n kafka", "port-forward service/dr-mirror-maker 8080:8080"} {
		if !strings.Contains(n, want) {
			t.Errorf("%q is missing in\n%s", want, n)
		}
	}
	if n = notes(t, read(t, chartDir+"/examples/msk-iam.yaml")); strings.Contains(n, "still name") {
		t.Error(n)
	}
}

func TestExamplesGiveThePropertiesThatTheyPromise(t *testing.T) {
	for _, path := range examples(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		t.Run(name, func(t *testing.T) {
			golden(t, name+".properties", properties(t, install(t, read(t, path))))
		})
	}
}

// everything switches on all that can be, the way the most demanding cluster would.
const everything = `
autoscaling: {enabled: true, behavior: {scaleDown: {stabilizationWindowSeconds: 300}}, targetMemoryUtilizationPercentage: 70}
ingress: {enabled: true, className: nginx, hosts: [{host: mirror.internal}], tls: [{hosts: [mirror.internal], secretName: mirror-tls}]}
networkPolicy: {enabled: true, kafkaCIDRs: [10.0.0.0/8]}
serviceMonitor: {enabled: true, labels: {release: prometheus}, scrapeTimeout: 10s}
prometheusRule: {enabled: true, labels: {release: prometheus}, alertLabels: {team: kafka}, extraRules: [{record: lag, expr: sum(crosstide_mirror_lag_records)}]}
dashboard: {enabled: true, namespace: monitoring}
scrapeAnnotations: true
serviceAccount: {awsRoleArn: "arn:aws:iam::123456789012:role/mirror"}
existingSecrets: [msk-scram]
commonLabels: {team: kafka}
podLabels: {color: blue}
podAnnotations: {note: text}
deployment: {annotations: {reloader.stakater.com/auto: "true"}}
imagePullSecrets: [{name: registry}]
nodeSelector: {kubernetes.io/arch: arm64}
tolerations: [{key: kafka, operator: Exists}]
affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {a: b}}}]}}
priorityClassName: high
schedulerName: other
runtimeClassName: gvisor
hostAliases: [{ip: 10.0.0.1, hostnames: [broker]}]
dnsPolicy: ClusterFirst
dnsConfig: {options: [{name: ndots, value: "2"}]}
extraEnv: [{name: AWS_REGION, value: eu-west-1}]
extraEnvFrom: [{secretRef: {name: more}}]
extraVolumes: [{name: store, csi: {driver: secrets-store.csi.k8s.io, readOnly: true, volumeAttributes: {secretProviderClass: msk}}}]
extraVolumeMounts: [{name: store, mountPath: /mnt/store, readOnly: true}]
initContainers: [{name: wait, image: busybox, securityContext: &safe {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]
extraContainers: [{name: side, image: busybox, securityContext: *safe}]
lifecycle: {preStop: {sleep: {seconds: 1}}}
extraManifests:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: more}}
  - |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: "{{ .Release.Name }}-templated"}
`

func TestEverySwitchGivesManifestsThatKubernetesTakes(t *testing.T) {
	r := install(t, everything)
	for _, kind := range []string{"HorizontalPodAutoscaler", "Ingress", "NetworkPolicy", "ServiceMonitor", "PrometheusRule", "ConfigMap", "Secret"} {
		if !strings.Contains(r.kinds(), kind) {
			t.Errorf("no %s in %s", kind, r.kinds())
		}
	}
	golden(t, "everything.yaml", withoutDashboard(r).text())
	install(t, "podMonitor: {enabled: true}\nkeda: {enabled: true, prometheus: {serverAddress: http://prometheus:9090}}")
	install(t, "keda: {enabled: true, triggers: [{type: cron, metadata: {start: 0 6 * * *}}]}\ndeployment: {strategy: {type: Recreate}}")
	install(t, "podDisruptionBudget: {minAvailable: 50%}")
}

func withoutDashboard(r release) (out release) {
	for _, m := range r {
		if m.name != "dr-mirror-maker-dashboard" {
			out = append(out, m)
		}
	}
	return out
}

func TestPodsPassPodSecurityRestricted(t *testing.T) {
	evaluator, err := checks.NewEvaluator(checks.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	level := podsecurity.LevelVersion{Level: podsecurity.LevelRestricted, Version: podsecurity.LatestVersion()}
	for _, values := range []string{"", everything} {
		r := install(t, values)
		deployment := find[*appsv1.Deployment](t, r).Spec.Template
		test := find[*corev1.Pod](t, r)
		for name, pod := range map[string]struct {
			meta *corev1.PodTemplateSpec
			spec *corev1.PodSpec
		}{
			"mirror": {&deployment, &deployment.Spec},
			"test":   {&corev1.PodTemplateSpec{ObjectMeta: test.ObjectMeta}, &test.Spec},
		} {
			got := checks.AggregateCheckResults(evaluator.EvaluatePod(level, &pod.meta.ObjectMeta, pod.spec))
			if !got.Allowed {
				t.Errorf("%s: %s", name, got.ForbiddenDetail())
			}
		}
	}
}

func TestNoSecretIsInAConfigMapAndNoVolumeIsClaimed(t *testing.T) {
	for _, values := range []string{"", everything, "config: {content: \"clusters=a, b\\nb.sasl.jaas.config=x password=geheim;\"}"} {
		for _, m := range install(t, values) {
			if m.kind != "Secret" && (strings.Contains(m.text, "geheim") || strings.Contains(m.text, "bootstrap.servers")) {
				t.Errorf("%s %s holds properties", m.kind, m.name)
			}
			if strings.Contains(m.text, "persistentVolumeClaim") || m.kind == "PersistentVolumeClaim" {
				t.Errorf("%s %s claims a volume", m.kind, m.name)
			}
		}
	}
}

func TestProbesTellStartedAliveAndReadyApart(t *testing.T) {
	c := mirror(t, install(t, ""))
	for name, got := range map[string]string{
		"/health/live":  c.LivenessProbe.HTTPGet.Path,
		"/health/live ": c.StartupProbe.HTTPGet.Path + " ",
		"/health/ready": c.ReadinessProbe.HTTPGet.Path,
	} {
		if got != name {
			t.Errorf("%s, want %s", got, name)
		}
	}
	c = mirror(t, install(t, "probes: {readiness: {httpGet: {path: /health/live}}, liveness: {enabled: false}}"))
	if c.ReadinessProbe.HTTPGet.Path != "/health/live" || c.ReadinessProbe.HTTPGet.Port.String() != "http" || c.LivenessProbe != nil {
		t.Errorf("%+v %+v", c.ReadinessProbe, c.LivenessProbe)
	}
}

func TestARolloutStartsTheSuccessorBeforeThePredecessorEnds(t *testing.T) {
	d := find[*appsv1.Deployment](t, install(t, "replicaCount: 1"))
	if u := d.Spec.Strategy.RollingUpdate; u.MaxSurge.IntValue() != 1 || u.MaxUnavailable.IntValue() != 0 || *d.Spec.Replicas != 1 {
		t.Errorf("%+v", u)
	}
	if grace := *d.Spec.Template.Spec.TerminationGracePeriodSeconds; grace <= 25 {
		t.Errorf("%d s of grace: the program takes up to 25 to stop", grace)
	}
	pdb := find[*policy.PodDisruptionBudget](t, install(t, ""))
	if *pdb.Spec.UnhealthyPodEvictionPolicy != policy.AlwaysAllow || pdb.Spec.MaxUnavailable.IntValue() != 1 {
		t.Errorf("%+v", pdb.Spec)
	}
}

func TestChangedPropertiesReplaceThePods(t *testing.T) {
	sum := func(values string) string {
		return find[*appsv1.Deployment](t, install(t, values)).Spec.Template.Annotations["checksum/config"]
	}
	if a, b := sum("config: {content: a}"), sum("config: {content: b}"); a == "" || a == b {
		t.Error(a, b)
	}
	if got := sum("config: {existingSecret: mine}"); got != "" {
		t.Error("a Secret that the chart does not see has a checksum", got)
	}
}

func TestScalersOwnTheNumberOfPods(t *testing.T) {
	for _, values := range []string{"autoscaling: {enabled: true}", "keda: {enabled: true, prometheus: {serverAddress: http://p}}"} {
		if n := find[*appsv1.Deployment](t, install(t, values)).Spec.Replicas; n != nil {
			t.Errorf("%s: replicas %d would undo it", values, *n)
		}
	}
}

func TestMemoryLimitOfGoFollowsTheContainers(t *testing.T) {
	for values, want := range map[string]string{
		"":                                            "429496729",
		"resources: {limits: {memory: 1Gi}}":          "858993459",
		"resources: {limits: {memory: 1.5Gi}}":        "1288490188",
		"resources: {limits: {memory: 500M}}":         "400000000",
		"resources: {limits: {memory: 1000000000}}":   "800000000",
		"resources: {limits: {memory: null}}":         "",
		"goMemLimitPercent: 0":                        "",
		"goMemLimitPercent: 50":                       "268435456",
		"extraEnv: [{name: GOMEMLIMIT, value: 1GiB}]": "1GiB",
		"extraEnv: [{name: CROSSTIDE_LISTEN, value: \"127.0.0.1:8080\"}]": "429496729",
	} {
		c := mirror(t, install(t, values))
		if got := env(c, "GOMEMLIMIT"); got != want {
			t.Errorf("%s: %s, want %s", values, got, want)
		}
		seen := map[string]bool{}
		for _, e := range c.Env {
			if seen[e.Name] {
				t.Errorf("%s: %s twice", values, e.Name)
			}
			seen[e.Name] = true
		}
	}
}

func TestTheRESTAPITakesNoChangesUnlessAskedTo(t *testing.T) {
	for values, want := range map[string]string{
		"":                "true",
		"readOnly: false": "",
		"extraEnv: [{name: CROSSTIDE_READ_ONLY, value: \"false\"}]": "false",
	} {
		if got := env(mirror(t, install(t, values)), "CROSSTIDE_READ_ONLY"); got != want {
			t.Errorf("%s: %q, want %q", values, got, want)
		}
	}
}

func TestAnExistingSecretIsMountedAsItIs(t *testing.T) {
	r := install(t, "config: {existingSecret: mine, existingSecretKey: prod.properties}")
	if strings.Contains(r.kinds(), "Secret") {
		t.Error(r.kinds())
	}
	v := find[*appsv1.Deployment](t, r).Spec.Template.Spec.Volumes[0]
	if v.Secret.SecretName != "mine" || v.Secret.Items[0].Key != "prod.properties" || v.Secret.Items[0].Path != "mm2.properties" {
		t.Errorf("%+v", v.Secret)
	}
}

func TestPropertiesAreNoTemplateUnlessAsked(t *testing.T) {
	const content = "config: {content: \"a={{ .Release.Name }}\", template: "
	if got := properties(t, install(t, content+"false}")); got != "a={{ .Release.Name }}" {
		t.Error(got)
	}
	if got := properties(t, install(t, content+"true}")); got != "a=dr" {
		t.Error(got)
	}
}

func TestIdentityOfThePodComesFromItsServiceAccount(t *testing.T) {
	sa := find[*corev1.ServiceAccount](t, install(t, "serviceAccount: {awsRoleArn: \"arn:aws:iam::123456789012:role/mirror\", annotations: {a: b}}"))
	if sa.Annotations["eks.amazonaws.com/role-arn"] != "arn:aws:iam::123456789012:role/mirror" || sa.Annotations["a"] != "b" {
		t.Error(sa.Annotations)
	}
	r := install(t, "serviceAccount: {create: false, name: mine}")
	if got := find[*appsv1.Deployment](t, r).Spec.Template.Spec.ServiceAccountName; got != "mine" || strings.Contains(r.kinds(), "ServiceAccount") {
		t.Error(got, r.kinds())
	}
}

func TestNamesStayWithinWhatKubernetesTakes(t *testing.T) {
	r := install(t, everything+"\nfullnameOverride: "+strings.Repeat("a-long-name-", 8))
	for _, m := range r {
		if len(m.name) > 63 || strings.HasSuffix(m.name, "-") {
			t.Errorf("%s %s", m.kind, m.name)
		}
	}
}

func TestTheServiceDoesNotLeadToTheTestPod(t *testing.T) {
	r := install(t, "")
	for k, v := range find[*corev1.Service](t, r).Spec.Selector {
		if find[*corev1.Pod](t, r).Labels[k] != v {
			return
		}
	}
	t.Error("it does")
}

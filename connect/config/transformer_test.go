package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// secrets makes a directory with a properties file, a plain file and a
// directory inside.
func secrets(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"f.properties": "k=v\na\\:b=colon\nümlaut=\\u00e9ü\n",
		"sec":          "line\n",
		"sub/x":        "subx",
		"latin":        "k=\xe9\n",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func declared(dir string) map[string]string {
	return map[string]string{
		"config.providers":                        "env, file,dir,rf,rd",
		"config.providers.env.class":              "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
		"config.providers.file.class":             "org.apache.kafka.common.config.provider.FileConfigProvider",
		"config.providers.dir.class":              "org.apache.kafka.common.config.provider.DirectoryConfigProvider",
		"config.providers.rf.class":               "FileConfigProvider",
		"config.providers.rd.class":               "DirectoryConfigProvider",
		"config.providers.rf.param.allowed.paths": dir + "/sub",
		"config.providers.rd.param.allowed.paths": dir + "/sub,",
	}
}

func transformer(t *testing.T, props map[string]string) *Transformer {
	t.Helper()
	tr, err := NewTransformer(props)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// What Kafka 4.3.0's ConfigTransformer and providers answered to these; D is
// the directory, and ! stands for an error.
var transformations = map[string]string{
	"${env:CT_HOME}":                 "/root",
	"${ env:CT_HOME}":                "${ env:CT_HOME}",
	"${env: CT_HOME}":                "${env: CT_HOME}",
	"${env::CT_HOME}":                "/root",
	"${env:x:CT_HOME}":               "!",
	"${env:CT_NOPE}":                 "${env:CT_NOPE}",
	"x${env:CT_HOME}y${env:CT_HOME}": "x/rooty/root",
	"${file:D/f.properties:k}":       "v",
	"${file: D/f.properties :k}":     "!",
	"${file:D/f.properties: k}":      "${file:D/f.properties: k}",
	"${file:D/f.properties:nope}":    "${file:D/f.properties:nope}",
	"${file:D/f.properties:a:b}":     "colon",
	"${file:D/f.properties:ümlaut}":  "éü",
	"${file:D/latin:k}":              "!",
	"${file:D/none:k}":               "!",
	"${file:k}":                      "${file:k}",
	"${dir:D:sec}":                   "line\n",
	"${dir:D:sub/x}":                 "${dir:D:sub/x}",
	"${dir:D:sub}":                   "${dir:D:sub}",
	"${dir:D/none:x}":                "${dir:D/none:x}",
	"${dir:D/sec:x}":                 "${dir:D/sec:x}",
	"${dir:sec}":                     "${dir:sec}",
	"${rf:D/f.properties:k}":         "${rf:D/f.properties:k}",
	"${rd:D/sub:x}":                  "subx",
	"${rd:D/sub/../:sec}":            "${rd:D/sub/../:sec}",
	"${rd:D:sec}":                    "${rd:D:sec}",
	"${nope:x}":                      "${nope:x}",
	"$${env:CT_HOME}":                "$/root",
	"${env:CT_HOME":                  "${env:CT_HOME",
	"${${env:CT_HOME}}":              "${${env:CT_HOME}}",
	"${env:${env:CT_HOME}}":          "!",
	"${}":                            "${}",
	"${:}":                           "${:}",
	"${:CT_HOME}":                    "${:CT_HOME}",
	"${env:}":                        "${env:}",
	"${env:CT_A}:${env:CT_HOME}":     "${env:CT_A}:/root",
}

func TestPlaceholdersAreReplacedAsKafkaReplacesThem(t *testing.T) {
	t.Setenv("CT_HOME", "/root")
	dir := secrets(t)
	tr := transformer(t, declared(dir))
	at := strings.NewReplacer("D/", dir+"/", "D:", dir+":")
	for in, want := range transformations {
		got, err := tr.Transform(map[string]string{"c": at.Replace(in), "other": "stays"})
		switch {
		case want == "!" && err == nil:
			t.Errorf("%s: no error but %q", in, got)
		case want == "!" && !strings.Contains(err.Error(), "c="):
			t.Errorf("%s: the key is missing: %v", in, err)
		case want == "!":
		case err != nil:
			t.Errorf("%s: %v", in, err)
		case got["c"] != at.Replace(want) || got["other"] != "stays":
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestUndeclaredProvidersLeaveTheTextAndAreListed(t *testing.T) {
	props := map[string]string{"b": "${env:HOME} ${file:/x:y}", "a": "${vault:k}", "plain": "$x"}
	r, err := transformer(t, nil).Resolve(props)
	if err != nil {
		t.Fatal(err)
	}
	if r.Values["b"] != props["b"] || len(r.Unresolved) != 3 {
		t.Errorf("%+v", r)
	}
	left := transformer(t, nil).Undeclared(props)
	if len(left) != 3 || left[0].In != "a" || left[2] != (Placeholder{"b", "file", "/x", "y", "${file:/x:y}"}) {
		t.Errorf("%+v", left)
	}
	env := map[string]string{"config.providers": "env", "config.providers.env.class": "EnvVarConfigProvider"}
	if left := transformer(t, env).Undeclared(props); len(left) != 2 {
		t.Errorf("%+v", left)
	}
}

func TestOnlyAllowedVariablesAreRead(t *testing.T) {
	t.Setenv("CT_OPEN", "o")
	t.Setenv("CT_SHUT", "s")
	tr := transformer(t, map[string]string{
		"config.providers": "env", "config.providers.env.class": "EnvVarConfigProvider",
		"config.providers.env.param.allowlist.pattern": "CT_O.*|X",
	})
	got, err := tr.Transform(map[string]string{"k": "${env:CT_OPEN} ${env:CT_SHUT}"})
	if err != nil || got["k"] != "o ${env:CT_SHUT}" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestBadProviderDeclarationsAreAllReported(t *testing.T) {
	_, err := NewTransformer(map[string]string{
		"config.providers":                           "a,b,c,d",
		"config.providers.a.class":                   "com.example.Vault",
		"config.providers.b.class":                   "FileConfigProvider",
		"config.providers.b.param.allowed.paths":     "relative",
		"config.providers.c.class":                   "EnvVarConfigProvider",
		"config.providers.c.param.allowlist.pattern": "(",
		"config.providers.d.class":                   "DirectoryConfigProvider",
		"config.providers.d.param.allowed.paths":     "/does/not/exist",
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"4 problems", "config.providers.a.class=com.example.Vault", "config.providers.b.param.allowed.paths=relative",
		"config.providers.c.param.allowlist.pattern=(", "config.providers.d.param.allowed.paths=/does/not/exist",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is missing in\n%v", want, err)
		}
	}
	tr := transformer(t, map[string]string{"config.providers": "x"})
	if len(tr.Warnings()) != 1 {
		t.Errorf("a name without a class: %q", tr.Warnings())
	}
}

func TestAFailingProviderShowsThePlaceholderButNotTheRestOfTheValue(t *testing.T) {
	tr := transformer(t, declared(secrets(t)))
	_, err := tr.Transform(map[string]string{"sasl.jaas.config": "password=geheim ${file:/none:k}"})
	if err == nil || strings.Contains(err.Error(), "geheim") || !strings.Contains(err.Error(), "sasl.jaas.config=${file:/none:k}") {
		t.Errorf("%v", err)
	}
}

type leased struct{ calls *int }

func (l leased) Get(path string, keys []string) (map[string]string, time.Duration, error) {
	*l.calls++
	values := map[string]string{}
	for _, k := range keys {
		values[k] = "${env:HOME}" + path + k
	}
	return values, time.Minute, nil
}

func TestAProviderIsAskedOnceAPathAndItsLifetimeKept(t *testing.T) {
	calls := 0
	r, err := transformer(t, nil).With("vault", leased{&calls}).Resolve(map[string]string{
		"a": "${vault:/p:x}-${vault:/p:y}", "b": "${vault:/p:x}${vault:/q:z}",
	})
	if err != nil {
		t.Fatal(err)
	}
	if calls != 2 || r.TTLs["/p"] != time.Minute || len(r.TTLs) != 2 {
		t.Errorf("%d calls, %v", calls, r.TTLs)
	}
	// What a provider says is not looked at again.
	if r.Values["a"] != "${env:HOME}/px-${env:HOME}/py" {
		t.Errorf("%q", r.Values["a"])
	}
}

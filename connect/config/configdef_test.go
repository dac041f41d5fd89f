package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// What Kafka made of one text; see testdata/ConfigDefTable.java.
type kafkaSays struct {
	Type, Validator string
	Text            *string
	Parsed, Error   *string
	Value           *string
	Errors          []string
}

var validatorsByName = map[string]Validator{
	"":                     nil,
	"atLeast1":             AtLeast(1),
	"between1and10":        Between(1, 10),
	"anything":             Anything(),
	"nonDuplicate":         NonDuplicateList(true, true),
	"nonDuplicateNonEmpty": NonDuplicateList(false, false),
	"listOfAB":             ListOf(true, "a", "b"),
	"nonEmptyListOfAB":     ListOf(false, "a", "b"),
	"oneOfAB":              OneOf("a", "b"),
	"oneOfFoldAB":          OneOfFold("a", "b"),
	"nonEmpty":             NonEmpty(),
	"nonEmptyNoControls":   NonEmptyNoControls(),
	"nonNull":              NonNull(),
}

func (k kafkaSays) def(t *testing.T) *Def {
	t.Helper()
	validator, ok := validatorsByName[k.Validator]
	at := slices.Index(typeNames[:], k.Type)
	if !ok || at < 0 {
		t.Fatalf("unknown %s %s", k.Type, k.Validator)
	}
	return NewDef(Key{Name: "k", Type: Type(at), Required: true, Validator: validator})
}

func (k kafkaSays) props() map[string]string {
	if k.Text == nil {
		return nil
	}
	return map[string]string{"k": *k.Text}
}

func (k kafkaSays) String() string {
	return k.Type + " " + k.Validator + " " + show(k.Text)
}

func show(s *string) string {
	if s == nil {
		return "<null>"
	}
	return "<" + *s + ">"
}

func TestValuesAreParsedAsKafkaParsesThem(t *testing.T) {
	for _, kafka := range goldenLines[kafkaSays](t, "testdata/configdef.golden.jsonl") {
		v, err := kafka.def(t).Parse(kafka.props())
		if kafka.Error != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("%s: no error, Kafka: %s", kafka, *kafka.Error)
			} else if e.Error() != *kafka.Error {
				t.Errorf("%s: %s\nKafka: %s", kafka, e.Error(), *kafka.Error)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v, Kafka: %s", kafka, err, show(kafka.Parsed))
			continue
		}
		if got := Text(v.Get("k")); got != *kafka.Parsed {
			t.Errorf("%s: %s, Kafka: %s", kafka, got, show(kafka.Parsed))
		}
	}
}

func TestValidationAnswersAreKafkas(t *testing.T) {
	for _, kafka := range goldenLines[kafkaSays](t, "testdata/configdef.golden.jsonl") {
		checked := kafka.def(t).Validate(kafka.props())[0]
		if !slices.Equal(checked.Errors, kafka.Errors) {
			t.Errorf("%s: %q\nKafka: %q", kafka, checked.Errors, kafka.Errors)
		}
		got, ok := checked.ValueText()
		if ok != (kafka.Value != nil) || ok && got != *kafka.Value {
			t.Errorf("%s: value %s %v, Kafka: %s", kafka, got, ok, show(kafka.Value))
		}
	}
}

func TestAllProblemsAreToldAtOnceWithoutSecrets(t *testing.T) {
	def := NewDef(
		Key{Name: "bootstrap.servers", Type: List, Required: true},
		Key{Name: "tasks.max", Type: Int, Default: 1, Validator: AtLeast(1)},
		Key{Name: "retries", Type: Int, Default: 3},
		Key{Name: "ssl.key.password", Type: PasswordType, Validator: func(name string, v any) error {
			return Invalid(name, v.(Password).Reveal(), "too short")
		}, Remedy: "give at least 8 characters"},
	)
	_, err := def.Parse(map[string]string{"tasks.max": "0", "retries": "three\nfour", "ssl.key.password": "geheim"})
	want := `Invalid configuration: 4 problems
  bootstrap.servers: required, but not given (fix: set bootstrap.servers)
  tasks.max=0: Value must be at least 1 (fix: use a whole number)
  retries=three\nfour: Not a number of type INT (fix: use a whole number)
  ssl.key.password=[hidden]: too short (fix: give at least 8 characters)`
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}

func TestProblemsOfSeveralPartsJoinIntoOneList(t *testing.T) {
	def := NewDef(Key{Name: "a", Required: true}, Key{Name: "b", Required: true})
	_, first := def.Parse(nil)
	var all Problems
	all.Add(first)
	all.Add(nil)
	all.Add(errors.Join(errors.New("two\nlines"), Invalid("c", "1", "odd")))
	if all.Len() != 4 || len(strings.Split(all.Error(), "\n")) != 5 {
		t.Errorf("%d: %v", all.Len(), all.Error())
	}
	if (&Problems{}).Err() != nil {
		t.Error("no problems, but an error")
	}
}

func TestARepeatedListElementIsDroppedWithAWarning(t *testing.T) {
	v, err := NewDef(Key{Name: "topics", Type: List}).Parse(map[string]string{"topics": "a,b,a"})
	if err != nil {
		t.Fatal(err)
	}
	if got := v.List("topics"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%q", got)
	}
	if len(v.Warnings()) != 1 {
		t.Errorf("warnings %q", v.Warnings())
	}
}

func TestAFormerNameIsReadUnlessTheNewOneIsGiven(t *testing.T) {
	def := NewDef(Key{Name: "topics.exclude", Type: List, Default: "x", Deprecated: []string{"topics.blacklist"}})
	for _, test := range []struct {
		props    map[string]string
		want     string
		warnings int
	}{
		{map[string]string{}, "x", 0},
		{map[string]string{"topics.blacklist": "a,b"}, "a,b", 1},
		{map[string]string{"topics.blacklist": "a", "topics.exclude": "c"}, "c", 1},
		{map[string]string{"topics.exclude": "c"}, "c", 0},
	} {
		v, err := def.Parse(test.props)
		if err != nil {
			t.Fatal(err)
		}
		if got := Text(v.List("topics.exclude")); got != test.want || len(v.Warnings()) != test.warnings || v.Unknown() != nil {
			t.Errorf("%v: %s, %q, unknown %q", test.props, got, v.Warnings(), v.Unknown())
		}
	}
	_, err := def.Parse(map[string]string{"topics.blacklist": "a,,b"})
	if err == nil || !strings.Contains(err.Error(), "topics.blacklist=a,,b") {
		t.Errorf("the name as given is missing: %v", err)
	}
}

func TestUnknownKeysAreKeptAndNamed(t *testing.T) {
	v, err := NewDef(Key{Name: "known"}).Parse(map[string]string{"known": "1", "z.x": "2", "a.y": "3"})
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Unknown(); !slices.Equal(got, []string{"a.y", "z.x"}) {
		t.Errorf("%q", got)
	}
	if v.Originals()["z.x"] != "2" || v.WithPrefix("z.")["x"] != "2" {
		t.Error("unknown keys are lost")
	}
}

func TestNullDefaultsAreToldFromZeroValues(t *testing.T) {
	def := NewDef(Key{Name: "null", Type: Long}, Key{Name: "zero", Type: Long, Default: 0},
		Key{Name: "short", Type: Short, Default: 3}, Key{Name: "ratio", Type: Double, Default: 0.8},
		Key{Name: "on", Type: Boolean, Default: true}, Key{Name: "key", Type: PasswordType})
	v, err := def.Parse(map[string]string{"zero": "0", "key": " s "})
	if err != nil {
		t.Fatal(err)
	}
	if !v.IsNull("null") || v.Has("null") || v.Long("null") != 0 {
		t.Error("null")
	}
	if v.IsNull("zero") || !v.Has("zero") {
		t.Error("zero")
	}
	if v.Int16("short") != 3 || v.Double("ratio") != 0.8 || !v.Bool("on") || v.Password("key").Reveal() != "s" {
		t.Error("values")
	}
}

func TestMergingKeepsTheFirstDefinition(t *testing.T) {
	a := NewDef(Key{Name: "x", Default: "a", Group: "G"}, Key{Name: "y"})
	b := NewDef(Key{Name: "z", Group: "H"}, Key{Name: "x", Default: "b"})
	m := a.Merge(b)
	if got := m.Names(); !slices.Equal(got, []string{"x", "y", "z"}) {
		t.Errorf("%q", got)
	}
	if k, _ := m.Key("x"); k.Default != "a" {
		t.Errorf("default %v", k.Default)
	}
	if got := m.Groups(); !slices.Equal(got, []string{"G", "H"}) {
		t.Errorf("groups %q", got)
	}
}

type fixedRecommender struct{}

func (fixedRecommender) ValidValues(string, map[string]any) []any { return []any{"a", "b"} }
func (fixedRecommender) Visible(_ string, parsed map[string]any) bool {
	return parsed["on"] == true
}

func TestRecommendersSeeTheOtherValues(t *testing.T) {
	def := NewDef(Key{Name: "k", Recommender: fixedRecommender{}}, Key{Name: "on", Type: Boolean, Default: false})
	for on, visible := range map[string]bool{"true": true, "false": false, "maybe": false} {
		c := def.Validate(map[string]string{"on": on})[0]
		if c.Visible != visible || len(c.Recommended) != 2 {
			t.Errorf("on=%s: %+v", on, c)
		}
	}
}

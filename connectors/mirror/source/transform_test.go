package source

import (
	"testing"

	"crosstide/connect"
	"crosstide/connect/plugin"
	"crosstide/connect/transform"
	"crosstide/internal/recordbatch"
)

// chained is a task context that has nothing but transformations.
type chained struct {
	connect.SourceTaskContext
	chain []connect.Transformation
}

func (c chained) Transformations() []connect.Transformation { return c.chain }

func TestMirroredRecordsAreTransformed(t *testing.T) {
	plugins := plugin.NewRegistry()
	transform.Register(plugins)
	chain, err := transform.NewChain(plugins, map[string]string{
		"transforms": "tombstones,from,secret", "predicates": "gone",
		"transforms.tombstones.type": "Filter", "transforms.tombstones.predicate": "gone",
		"predicates.gone.type": "RecordIsTombstone",
		"transforms.from.type": "InsertHeader", "transforms.from.header": "from", "transforms.from.value.literal": "east",
		"transforms.secret.type": "DropHeaders", "transforms.secret.headers": "secret",
	})
	if err != nil {
		t.Fatal(err)
	}
	hook, err := transformOf(chained{chain: chain})
	if err != nil {
		t.Fatal(err)
	}
	out, err := hook("orders", 0, []recordbatch.Record{
		{Offset: 7, Key: []byte("a"), Value: []byte("1"), Headers: []recordbatch.Header{{Key: "secret", Value: []byte("x")}, {Key: "kept", Value: []byte{0xff}}}},
		{Offset: 8, Key: []byte("a")},
	})
	if err != nil || len(out) != 1 {
		t.Fatalf("%v, %v", out, err)
	}
	r := out[0]
	if r.Offset != 7 || string(r.Value) != "1" || len(r.Headers) != 2 ||
		r.Headers[0].Key != "kept" || string(r.Headers[0].Value) != "\xff" ||
		r.Headers[1].Key != "from" || string(r.Headers[1].Value) != "east" {
		t.Errorf("got %+v", r)
	}
}

package mirror

import (
	"encoding/json"
	"testing"
)

func TestTopicIDsTravelWithTheOffsetAndJavaFindsItsOwn(t *testing.T) {
	source, target := [16]byte{1, 2, 3}, [16]byte{15: 9}
	offset := SourceOffsetIn(42, source, target)
	if at, ok := CopiedOffset(offset); !ok || at != 42 {
		t.Errorf("offset is %d, %v", at, ok)
	}
	if s, d := TopicIDs(offset); s != source || d != target {
		t.Errorf("ids are %v and %v", s, d)
	}
	for _, none := range []map[string]any{SourceOffset(42), SourceOffsetIn(42, source, [16]byte{}), {"offset": 1, "sourceTopicId": "?", "targetTopicId": 3}, nil} {
		if s, d := TopicIDs(none); s != ([16]byte{}) || d != ([16]byte{}) {
			t.Errorf("%v has ids %v and %v", none, s, d)
		}
	}
	if b, _ := json.Marshal(SourceOffsetIn(42, [16]byte{}, target)); string(b) != `{"offset":42}` {
		t.Errorf("without both ids the value is %s", b)
	}
}

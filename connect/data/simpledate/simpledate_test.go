package simpledate

import (
	"testing"
	"time"
)

func FuzzWhatIsWrittenInFullIsReadBack(f *testing.F) {
	for _, p := range []string{"yyyy-MM-dd'T'HH:mm:ss.SSSX", "MMM d, yyyy", "hh:mm a z", "''", "GGG yy D"} {
		f.Add(p, "2019-08-23", int64(1566570894346))
	}
	full := MustCompile("G yyyy-MM-dd HH:mm:ss.SSS")
	f.Fuzz(func(t *testing.T, pattern, text string, ms int64) {
		if format, err := Compile(pattern); err == nil {
			_, _ = format.Parse(text)
			format.Format(time.UnixMilli(ms))
		}
		const most = 1 << 52 // some 140 000 years
		at := time.UnixMilli(ms % most)
		back, err := full.Parse(full.Format(at))
		if err != nil || !back.Equal(at) {
			t.Errorf("%v is written %q and read as %v, %v", at.UTC(), full.Format(at), back, err)
		}
	})
}

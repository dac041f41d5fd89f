package dataplane

import (
	"math"
	"testing"
	"time"
)

func TestAThrottleOfADamagedAnswerEndsSoon(t *testing.T) {
	for ms, want := range map[int32]time.Duration{
		0: 0, 250: 250 * time.Millisecond, -1: 0, math.MinInt32: 0, math.MaxInt32: maxThrottle,
	} {
		if got := throttlePause(ms); got != want {
			t.Errorf("%d ms: a pause of %v, want %v", ms, got, want)
		}
	}
}

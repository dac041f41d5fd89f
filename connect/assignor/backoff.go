package assignor

import (
	"math"
	"math/big"
	"time"
)

// backoffBase: each pause is so many times the one before, beginning at 1 ms.
const backoffBase = 40

// backoff is the pause before the n-th balancing revocation in succession: 40 ms,
// 1.6 s, 64 s, then the limit.
func backoff(limit time.Duration, n int) time.Duration {
	limitMs := limit.Milliseconds()
	if limitMs == 0 {
		return 0
	}
	most := math.Log(float64(limitMs)) / math.Log(backoffBase)
	ms := int64(power(backoffBase, min(float64(n), most)))
	return time.Duration(min(ms, limitMs)) * time.Millisecond
}

// power is base to the exponent, rounded once. Java's is that exact, math.Pow is
// not, and at the limit the last bit decides about a millisecond: a limit of
// 1000 ms is a pause of 999 there.
func power(base, exponent float64) float64 {
	whole, fraction := math.Modf(exponent)
	const bits = 256
	root := big.NewFloat(base).SetPrec(bits)
	result := big.NewFloat(1).SetPrec(bits)
	for range int(whole) {
		result.Mul(result, root)
	}
	for fraction > 0 { // one binary digit after the other
		root.Sqrt(root)
		digit, rest := math.Modf(fraction * 2)
		if digit == 1 {
			result.Mul(result, root)
		}
		fraction = rest
	}
	f, _ := result.Float64()
	return f
}

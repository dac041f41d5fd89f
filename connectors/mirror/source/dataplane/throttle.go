package dataplane

import "time"

// maxThrottle cuts what an answer asks for: brokers ask for no more than their
// quotas' window, seconds by default. A damaged answer could ask for weeks, and
// would stop everything from or to that broker without a word.
const maxThrottle = time.Minute

// throttlePause is how long to ask nothing of a broker whose answer said ms.
func throttlePause(ms int32) time.Duration {
	return max(0, min(time.Duration(ms)*time.Millisecond, maxThrottle))
}

package kafkatest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Ports are taken below the range from which Linux hands out ports for
// outgoing connections (32768 and up): a broker that is down for a moment must
// not find its port used by some client's connection when it comes back.
const (
	firstPort = 22000
	lastPort  = 32000
)

var ports = struct {
	sync.Mutex
	given map[int]bool
}{given: map[int]bool{}}

// FreePort returns a loopback port on which nobody listens and which this
// process has not given out before.
func FreePort() (int, error) {
	ports.Lock()
	defer ports.Unlock()
	for range 200 {
		p := firstPort + rand.IntN(lastPort-firstPort)
		if ports.given[p] {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p))
		if err != nil {
			continue
		}
		ports.given[p] = true
		return p, l.Close()
	}
	return 0, fmt.Errorf("no free port between %d and %d on 127.0.0.1", firstPort, lastPort)
}

func freePorts(n int) ([]int, error) {
	all := make([]int, n)
	for i := range all {
		var err error
		if all[i], err = FreePort(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

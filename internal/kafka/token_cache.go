package kafka

import (
	"context"
	"sync"
	"time"
)

// tokenCache keeps a token until four fifths of its life have passed, so that a
// hundred connections made at once ask for one. One caller asks while the
// others wait, each no longer than its own context.
type tokenCache struct {
	fetch func(ctx context.Context) (bearerToken, error)

	turn  chan struct{} // holds one element: whoever takes it may touch the rest
	once  sync.Once
	last  bearerToken
	until time.Time
}

func (c *tokenCache) get(ctx context.Context) (bearerToken, error) {
	c.once.Do(func() { c.turn = make(chan struct{}, 1); c.turn <- struct{}{} })
	select {
	case <-c.turn:
	case <-ctx.Done():
		return bearerToken{}, ctx.Err()
	}
	defer func() { c.turn <- struct{}{} }()
	now := time.Now()
	if now.Before(c.until) {
		return c.last, nil
	}
	t, err := c.fetch(ctx)
	if err != nil {
		return bearerToken{}, err
	}
	c.last, c.until = t, now.Add(t.expires.Sub(now)*4/5)
	return t, nil
}

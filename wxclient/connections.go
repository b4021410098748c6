package wxclient

import "context"

// Connections bounds how many requests are under way at the same time, of all
// clients that share it; who waits longest comes first. Requests that can wait
// leave a quarter of the places to others, so that the current day is never late
// because older ones are being filled in. nil is no bound.
type Connections struct{ all, later chan struct{} }

// NewConnections returns a bound of n requests, at least 1.
func NewConnections(n int) *Connections {
	return &Connections{make(chan struct{}, n), make(chan struct{}, max(n*3/4, 1))}
}

// acquire waits for a place; release gives it back.
func (c *Connections) acquire(ctx context.Context, later bool) (release func(), err error) {
	if c == nil {
		return func() {}, nil
	}
	places := []chan struct{}{c.all}
	if later {
		places = []chan struct{}{c.later, c.all}
	}
	release = func() {}
	for _, p := range places {
		select {
		case p <- struct{}{}:
			before := release
			release = func() { <-p; before() }
		case <-ctx.Done():
			release()
			return nil, ctx.Err()
		}
	}
	return release, nil
}

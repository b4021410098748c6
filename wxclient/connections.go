package wxclient

import "context"

// Connections limits the requests at the same time, of all clients that share it.
// Those that wait are served in order. Requests that are in the background get three quarters
// of the places at most, so that filling in older days does not delay the current
// one. nil is no limit.
type Connections struct{ all, background chan struct{} }

// NewConnections returns a limit of n requests, at least 1.
func NewConnections(n int) *Connections {
	return &Connections{make(chan struct{}, n), make(chan struct{}, max(n*3/4, 1))}
}

// acquire waits for a place; release gives it back.
func (c *Connections) acquire(ctx context.Context, background bool) (release func(), err error) {
	if c == nil {
		return func() {}, nil
	}
	places := []chan struct{}{c.all}
	if background {
		places = []chan struct{}{c.background, c.all}
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

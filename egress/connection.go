package egress

import (
	"context"
	"net/http"
)

// Transport sends requests over Kept, which keeps connections for later ones. Those
// whose context is Fresh go over Single, which opens a connection for each.
type Transport struct {
	Kept, Single http.RoundTripper
}

type fresh struct{}

// Fresh returns a context for a request that is to take a new connection, since the
// one before got no answer. Some gateways answer only the first request of a
// connection.
func Fresh(ctx context.Context) context.Context { return context.WithValue(ctx, fresh{}, true) }

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Context().Value(fresh{}) != nil {
		return t.Single.RoundTrip(req)
	}
	return t.Kept.RoundTrip(req)
}

// CloseIdleConnections closes the connections that no request uses.
func (t Transport) CloseIdleConnections() {
	for _, next := range []http.RoundTripper{t.Kept, t.Single} {
		if c, ok := next.(interface{ CloseIdleConnections() }); ok {
			c.CloseIdleConnections()
		}
	}
}

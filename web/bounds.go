package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	// Stalled is how long a client may take nothing of an answer before its
	// connection is cut. How long the whole answer takes does not matter.
	Stalled = 10 * time.Second
	// piece is how much of an answer a client has to take in that time. The kernel
	// takes the most of an answer at once, for any client.
	piece = 64 << 10
	// bodyTime is how long a body may take to arrive that nobody reads. It arrives
	// while and after the answer is sent. A connection that is closed with bytes
	// unread could lose the answer.
	bodyTime = time.Second
)

// Limit returns a wrapper of handlers. All that it wraps serve so many requests at
// the same time, together; who comes meanwhile gets 503.
func Limit(requests int) func(http.Handler) http.Handler {
	places := make(chan struct{}, requests)
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case places <- struct{}{}:
				defer func() { <-places }()
				h.ServeHTTP(w, r)
			default:
				w.Header().Set("Retry-After", strconv.Itoa(int(Stalled/time.Second)))
				http.Error(w, fmt.Sprintf("limit of concurrent requests reached (%d), try again later", requests), http.StatusServiceUnavailable)
			}
		})
	}
}

// bounded lets no client hold a handler up. The deadlines are those of the
// connection, with HTTP/2 of the stream; a server without them has none.
func bounded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		var arrived time.Time // the request is here: its deadline must not end the handler
		if r.ContentLength != 0 {
			// net/http would read the body before it sends the answer, if the
			// connection were to be kept.
			w.Header().Set("Connection", "close")
			arrived = time.Now().Add(bodyTime)
		}
		_ = control.SetReadDeadline(arrived)
		_ = control.SetWriteDeadline(time.Time{}) // none while the answer is made
		defer func() { _ = control.SetWriteDeadline(time.Now().Add(Stalled)) }()
		h.ServeHTTP(&writer{w, control}, r)
	})
}

// writer gives each piece of an answer a deadline of its own.
type writer struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Write implements io.Writer.
func (w *writer) Write(p []byte) (n int, err error) {
	for {
		_ = w.control.SetWriteDeadline(time.Now().Add(Stalled))
		m, err := w.ResponseWriter.Write(p[n:min(n+piece, len(p))])
		n += m
		if err != nil || n == len(p) {
			return n, err
		}
	}
}

// Unwrap is for http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

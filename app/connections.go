package app

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// otherFiles is how many files and connections the exporter may need beside
	// those of its clients: the store's, WeChat's and receivers'.
	otherFiles = 64
	// crowded is how long a new connection waits until idle ones are cut again.
	crowded = time.Second
)

// connections returns how many connections there may be: as many as the user says,
// or fewer where the process may not open as many files. 0 files is no limit.
func connections(wanted int, files uint64) int {
	if files == 0 || uint64(wanted)+otherFiles <= files {
		return wanted
	}
	return max(int(files)-otherFiles, 1)
}

// limitConnections has a server, with all its listeners, keep only so many
// connections open. While there are as many, idle ones are cut for new ones, and
// new ones wait until one ends.
//
// The toolkit opens the listeners by itself, so what the server is told of each
// connection bounds them: net/http waits for ConnContext before it accepts
// another one. So one connection of each listener may be open beyond the limit.
func limitConnections(server *http.Server, limit int) {
	places := make(chan struct{}, limit)
	ending := make(chan struct{})
	server.RegisterOnShutdown(sync.OnceFunc(func() { close(ending) }))
	server.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		for {
			select {
			case places <- struct{}{}:
				return ctx
			default:
				cutIdle(server)
			}
			select {
			case places <- struct{}{}:
				return ctx
			case <-time.After(crowded):
			case <-ending:
				_ = conn.Close() // nobody would look at it
				return ctx
			}
		}
	}
	server.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed || state == http.StateHijacked {
			select {
			case <-places:
			default: // it came when the server ended, and had none
			}
		}
	}
}

// cutIdle closes the connections that wait for a request, and those that have sent
// none for five seconds.
func cutIdle(server *http.Server) {
	server.SetKeepAlivesEnabled(false)
	server.SetKeepAlivesEnabled(true)
}

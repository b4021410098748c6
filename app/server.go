package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/go-kit/log"
	toolkit "github.com/prometheus/exporter-toolkit/web"

	"github.com/wxexporter/wx_exporter/web"
)

// shutdownTimeout is how long requests may go on when the program ends.
const shutdownTimeout = 5 * time.Second

// newServer returns the web server. Its errors go to the logger.
func newServer(o web.Options) *http.Server {
	return &http.Server{
		Handler:           web.Handler(o),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(serverErrors{slogger(o.Logger).Handler()}, slog.LevelError),
	}
}

// whenRendered makes scrapes wait until the stored days are on the pages. Without
// them, Prometheus would mark their series as stale.
func whenRendered(ctx context.Context, rendered <-chan struct{}, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-rendered:
			h.ServeHTTP(w, r)
			return
		default:
		}
		select {
		case <-rendered:
			h.ServeHTTP(w, r)
		case <-ctx.Done():
			http.Error(w, "wx_exporter is ending.", http.StatusServiceUnavailable)
		case <-r.Context().Done(): // the client has gone
		}
	})
}

// listen serves on the addresses of the flags and returns as soon as they are
// open. failed receives the error that ends the serving. A host that is given the
// handler serves by itself.
func listen(ctx context.Context, server *http.Server, f *toolkit.FlagConfig, given func(http.Handler), logger log.Logger) (failed chan error, err error) {
	if given != nil {
		given(server.Handler)
		return nil, nil // a channel that never tells of a failure
	}
	var once sync.Once
	listening := make(chan struct{})
	server.BaseContext = func(net.Listener) context.Context {
		once.Do(func() { close(listening) })
		return context.Background()
	}
	failed = make(chan error, 1)
	go func() {
		failed <- fmt.Errorf("web: %s", oneLine(toolkit.ListenAndServe(server, f, slogger(logger))))
	}()
	select {
	case <-listening:
		return failed, nil
	case err := <-failed:
		return nil, err
	case <-ctx.Done():
		return failed, nil
	}
}

func shutdown(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("web: open connections were cut: %w", err)
	}
	return nil
}

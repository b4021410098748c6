package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	toolkit "github.com/prometheus/exporter-toolkit/web"

	"github.com/wxexporter/wx_exporter/web"
)

const (
	// headerTime is how long the header of a request may take to arrive.
	headerTime = 10 * time.Second
	// shutdownTimeout is how long requests may go on when the program ends.
	shutdownTimeout = 5 * time.Second
	// maxStreams is how many requests a connection may have at the same time with
	// HTTP/2. Prometheus needs one for each account that it scrapes just then.
	maxStreams = 100
)

// newServer returns the web server, which no client can hold up. Pages set
// deadlines of their own (web.Handler); those here are for what never gets there.
// Its errors go to the logger.
func newServer(o web.Options, in inward) *http.Server {
	server := &http.Server{
		Handler:           web.Handler(o),
		ReadHeaderTimeout: min(headerTime, in.readTimeout),
		ReadTimeout:       in.readTimeout,
		IdleTimeout:       in.readTimeout,
		WriteTimeout:      web.Stalled,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams, WriteByteTimeout: web.Stalled},
		ErrorLog:          slog.NewLogLogger(serverErrors{slogger(o.Logger).Handler()}, slog.LevelError),
	}
	limitConnections(server, connections(in.maxConnections, openFiles()))
	return server
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
		failed <- listenError(toolkit.ListenAndServe(server, f, slog.New(quoteless{slogger(logger).Handler()})))
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

// listenAdvice is what to do when an address cannot be opened.
var listenAdvice = []struct {
	cause  error
	advice string
}{
	{syscall.EADDRINUSE, "another program listens there, perhaps a second wx_exporter: end it, or choose another address with --web.listen-address"},
	{syscall.EADDRNOTAVAIL, "the host has no such address: choose another with --web.listen-address"},
	{syscall.EACCES, "ports below 1024 need a privilege: choose another with --web.listen-address"},
}

// listenError is the error that ends the serving, in one line and with advice.
func listenError(err error) error {
	text := "web: " + webWords(oneLine(err))
	if _, ok := errors.AsType[*net.OpError](err); ok {
		for _, a := range listenAdvice {
			if errors.Is(err, a.cause) {
				text += "; " + a.advice
			}
		}
	}
	return errors.New(text)
}

// shutdown ends the server. What clients do makes no difference: after the grace
// time their connections are cut.
func shutdown(server *http.Server, logger log.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		level.Info(logger).Log("msg", "closing open connections")
		_ = server.Close() // it tells of listeners, which are closed
	}
}

package wxtest

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"syscall"
)

// Transport returns a RoundTripper whose requests, to whatever host, reach w in
// the same process. Bodies are streamed, contexts and timeouts are respected,
// and no goroutine outlives an exchange: neither a RoundTrip that failed nor a
// body that was read to its end or closed. So it works in a synctest bubble.
func (w *WeChat) Transport() http.RoundTripper { return transport{w} }

type transport struct{ handler http.Handler }

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	if err := context.Cause(req.Context()); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(req.Context())
	r, pw := io.Pipe()
	rw := &responseWriter{request: req, pipe: pw, header: http.Header{}, head: make(chan *http.Response, 1), announced: -1}
	done := make(chan struct{})
	go func() {
		defer close(done)
		rw.finish(rw.serve(t.handler, serverRequest(ctx, req)))
	}()
	// end waits for the handler, which every behaviour leaves when its context
	// ends or a write fails.
	end := func(err error) {
		r.CloseWithError(err)
		cancel()
		<-done
	}
	select {
	case resp, ok := <-rw.head:
		if !ok {
			end(io.ErrClosedPipe)
			if err := context.Cause(req.Context()); err != nil {
				return nil, err // which is why the handler gave up
			}
			return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
		}
		stop := context.AfterFunc(ctx, func() { pw.CloseWithError(context.Cause(ctx)) })
		resp.Body = &body{pipe: r, end: sync.OnceFunc(func() {
			stop()
			end(http.ErrBodyReadAfterClose)
		})}
		return resp, nil
	case <-ctx.Done():
		end(ctx.Err())
		return nil, context.Cause(ctx)
	}
}

// serverRequest is the request as a server gets it.
func serverRequest(ctx context.Context, req *http.Request) *http.Request {
	r := req.Clone(ctx)
	r.URL = &url.URL{Path: req.URL.Path, RawPath: req.URL.RawPath, RawQuery: req.URL.RawQuery}
	r.RequestURI = req.URL.RequestURI()
	r.RemoteAddr = "192.0.2.1:1234"
	if r.Host == "" {
		r.Host = req.URL.Host
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	return r
}

// body ends the exchange when it is closed or has been read.
type body struct {
	pipe *io.PipeReader
	end  func()
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.pipe.Read(p)
	if err != nil {
		b.end()
	}
	return n, err
}

func (b *body) Close() error {
	b.end()
	return nil
}

// responseWriter turns what a handler writes into a response.
type responseWriter struct {
	request   *http.Request
	pipe      *io.PipeWriter
	header    http.Header
	head      chan *http.Response // gets the response, or is closed without one
	sent      bool
	announced int64 // Content-Length, -1 = none
	written   int64
}

func (rw *responseWriter) Header() http.Header { return rw.header }

func (rw *responseWriter) WriteHeader(status int) {
	if rw.sent {
		return
	}
	rw.sent = true
	if n, err := strconv.ParseInt(rw.header.Get("Content-Length"), 10, 64); err == nil {
		rw.announced = n
	}
	rw.head <- &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: rw.header.Clone(), ContentLength: rw.announced, Request: rw.request,
	}
}

func (rw *responseWriter) Write(p []byte) (int, error) {
	rw.WriteHeader(http.StatusOK)
	if len(p) == 0 { // which a pipe would hold until somebody reads
		return 0, nil
	}
	n, err := rw.pipe.Write(p)
	rw.written += int64(n)
	return n, err
}

// Flush sends the header; written bytes are never held back.
func (rw *responseWriter) Flush() { rw.WriteHeader(http.StatusOK) }

// serve tells whether the handler returned, instead of closing the connection.
func (rw *responseWriter) serve(h http.Handler, r *http.Request) (ok bool) {
	defer func() {
		switch p := recover(); p {
		case nil, http.ErrAbortHandler: // compared as net/http does
		default:
			panic(p)
		}
	}()
	h.ServeHTTP(rw, r)
	return true
}

func (rw *responseWriter) finish(ok bool) {
	switch {
	case ok:
		rw.WriteHeader(http.StatusOK)
	case !rw.sent:
		close(rw.head)
	}
	switch err := context.Cause(rw.request.Context()); {
	case err != nil: // which is why the handler gave up, if it did
		rw.pipe.CloseWithError(err)
	case !ok || rw.written < rw.announced:
		rw.pipe.CloseWithError(io.ErrUnexpectedEOF)
	default:
		rw.pipe.Close()
	}
}

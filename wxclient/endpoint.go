package wxclient

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wxexporter/wx_exporter/egress"
)

const defaultTimeout = 15 * time.Second

// Endpoint is how a server is reached: the API host for Options and most token
// sources, a token server for URLToken.
type Endpoint struct {
	URL       string            // scheme and host; URLToken: the whole address
	Transport http.RoundTripper // nil: http.DefaultTransport
	Timeout   time.Duration     // of one HTTP exchange, headers and body; 0: 15 s
	Now       func() time.Time  // nil: time.Now

	FollowRedirects bool            // within the server, as package egress has it
	OnDate          func(time.Time) // called with the server's time of each answer that says it; may be nil
}

func (e Endpoint) now() time.Time {
	if e.Now == nil {
		return time.Now()
	}
	return e.Now()
}

// path returns the address of a path below the endpoint.
func (e Endpoint) path(path string, query url.Values) string {
	address := strings.TrimRight(e.URL, "/") + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address
}

// exchange describes one HTTP request and the answer that it accepts.
type exchange struct {
	api    string // for errors
	url    string
	body   any   // sent with POST as JSON; nil: GET
	max    int64 // bytes of an answer that is accepted
	redact redactor
}

// do makes one HTTP exchange and returns the body of an answer with status 200. The
// error is as read's.
func (e Endpoint) do(ctx context.Context, x exchange) (body []byte, err error) {
	err = e.read(ctx, x, func(from io.Reader) (err error) {
		body, err = io.ReadAll(from)
		return err
	})
	if err != nil {
		return nil, err
	}
	return body, nil
}

// read makes one HTTP exchange and lets parse read the body of an answer with
// status 200. The error is that of parse, an *Error without URL or secret, or it
// wraps ctx's error.
func (e Endpoint) read(ctx context.Context, x exchange, parse func(io.Reader) error) error {
	req, err := x.request(ctx)
	if err != nil {
		return invalid(x.api, x.redact.clean("the address cannot be used: "+faultText(err)))
	}
	client := egress.Client(e.Transport, cmp.Or(e.Timeout, defaultTimeout), e.FollowRedirects)
	resp, err := client.Do(req)
	if err != nil {
		return x.fault(ctx, client.Timeout, err)
	}
	defer resp.Body.Close()
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil && e.OnDate != nil {
		e.OnDate(date)
	}
	if resp.StatusCode != http.StatusOK {
		return x.status(resp.StatusCode)
	}
	body := &faultReader{from: egress.Body(ctx, resp, x.max)}
	if err = parse(body); body.fault != nil {
		return x.fault(ctx, client.Timeout, body.fault)
	}
	return err
}

// faultReader notes why reading ended before the end.
type faultReader struct {
	from  io.Reader
	fault error
}

func (r *faultReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.fault = err
	}
	return n, err
}

// request builds the HTTP request.
func (x exchange) request(ctx context.Context) (*http.Request, error) {
	method, body := http.MethodGet, []byte(nil)
	if x.body != nil {
		var err error
		if body, err = json.Marshal(x.body); err != nil {
			return nil, err
		}
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, x.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if x.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	egress.AcceptGzip(req)
	return req, nil
}

// fault describes an exchange that ended without a complete answer.
func (x exchange) fault(ctx context.Context, timeout time.Duration, err error) error {
	if ended := ctx.Err(); ended != nil {
		return fmt.Errorf("%s: %w", x.api, ended)
	}
	if redirect, ok := errors.AsType[*egress.RedirectError](err); ok {
		e := x.status(redirect.Status)
		e.Message = x.redact.clean(redirect.Error())
		return e
	}
	if tooLarge, ok := errors.AsType[*egress.TooLargeError](err); ok {
		return invalid(x.api, tooLarge.Error())
	}
	if errors.Is(err, egress.ErrPacking) {
		return invalid(x.api, egress.ErrPacking.Error())
	}
	e := &Error{API: x.api, Code: codeNetwork, Message: x.redact.clean(faultText(err)), Action: Retry,
		Advice: "Check the network, name resolution and proxy between the exporter and the server."}
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
		e.Code, e.Message = codeTimeout, fmt.Sprintf("no complete answer within %v", timeout)
	}
	return e
}

// status describes an answer with a status other than 200. WeChat reports its
// own errors with 200, so a gateway or a proxy must have sent this one.
func (x exchange) status(status int) *Error {
	e := &Error{
		API:     x.api,
		Code:    fmt.Sprintf("http_%d", status),
		Message: strings.TrimSpace(fmt.Sprintf("HTTP status %d %s", status, http.StatusText(status))),
		Action:  Invalid,
		Advice:  "Check the configured address, and the proxy if there is one.",
	}
	switch {
	case status >= 500:
		e.Action, e.Advice = Retry, ""
	case status == http.StatusTooManyRequests:
		e.Action, e.Advice = Backoff, ""
	case status >= 300 && status < 400:
		e.Message += "; redirects are not followed"
	}
	return e
}

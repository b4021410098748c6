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
)

const defaultTimeout = 15 * time.Second

// Endpoint is how a server is reached: the API host for Options and most token
// sources, a token server for URLToken.
type Endpoint struct {
	URL       string            // scheme and host; URLToken: the whole address
	Transport http.RoundTripper // nil: http.DefaultTransport
	Timeout   time.Duration     // of one HTTP exchange, headers and body; 0: 15 s
	Now       func() time.Time  // nil: time.Now
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
	body   any // sent with POST as JSON; nil: GET
	max    int // bytes of an answer that is accepted
	redact redactor
}

// do makes one HTTP exchange and returns the body of an answer with status
// 200. The error is an *Error without URL or secret, or it wraps ctx's error.
func (e Endpoint) do(ctx context.Context, x exchange) ([]byte, error) {
	req, err := x.request(ctx)
	if err != nil {
		return nil, invalid(x.api, x.redact.clean("the address cannot be used: "+faultText(err)))
	}
	client := http.Client{
		Transport: e.Transport,
		Timeout:   cmp.Or(e.Timeout, defaultTimeout),
		// A redirect would send the request's address, which holds the token, to
		// another host in the header Referer.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, x.fault(ctx, client.Timeout, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, x.status(resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(x.max)+1))
	if err != nil {
		return nil, x.fault(ctx, client.Timeout, err)
	}
	if len(body) > x.max {
		return nil, invalid(x.api, fmt.Sprintf("the answer is larger than %d MiB", x.max>>20))
	}
	return body, nil
}

// request builds the HTTP request.
func (x exchange) request(ctx context.Context) (*http.Request, error) {
	if x.body == nil {
		return http.NewRequestWithContext(ctx, http.MethodGet, x.url, nil)
	}
	body, err := json.Marshal(x.body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, x.url, bytes.NewReader(body))
	if err == nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, err
}

// fault describes an exchange that ended without a complete answer.
func (x exchange) fault(ctx context.Context, timeout time.Duration, err error) error {
	if ended := ctx.Err(); ended != nil {
		return fmt.Errorf("%s: %w", x.api, ended)
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

// Package egress is the policy for HTTP requests to servers of other people:
// WeChat, token servers, and receivers of the history. Nothing that they say is
// believed without bounds.
//
//   - Redirects: only the answer to the request itself counts. One that keeps the
//     method and stays on the server is followed if the configuration says so. Any
//     other is a *RedirectError, so neither a header nor a token goes elsewhere.
//   - Bytes: an answer is read to a bound, before and after unpacking. See Body and
//     Cut.
//   - Delays that a server names are at least nothing and at most an hour. See Delay.
//   - Connections: what is repeated because no answer came goes over a new
//     connection. See Fresh.
package egress

import (
	"fmt"
	"net/http"
	"time"
)

// maxRedirects is how many redirects in a row are followed.
const maxRedirects = 5

// Client returns a client that treats redirects as the policy says. follow is
// follow_redirects of an HTTP client configuration. A nil transport is
// http.DefaultTransport.
func Client(transport http.RoundTripper, timeout time.Duration, follow bool) *http.Client {
	return &http.Client{
		Transport: transport,
		Timeout:   timeout,
		CheckRedirect: func(next *http.Request, before []*http.Request) error {
			if reason := objection(next, before, follow); reason != "" {
				return &RedirectError{Status: next.Response.StatusCode, Scheme: next.URL.Scheme, Host: next.URL.Host, Reason: reason}
			}
			return nil
		},
	}
}

// objection says why a redirect is not followed; it is empty if it is.
func objection(next *http.Request, before []*http.Request, follow bool) string {
	switch first := before[0]; {
	case !follow:
		return "redirects are not followed"
	case next.URL.Scheme != first.URL.Scheme || next.URL.Host != first.URL.Host:
		return "redirects are not followed to another server"
	case next.Method != first.Method:
		return "redirects that turn " + first.Method + " into " + next.Method + " are not followed"
	case len(before) > maxRedirects:
		return fmt.Sprintf("more than %d redirects are not followed", maxRedirects)
	}
	return ""
}

// RedirectError is an answer that names another address, which was not followed. The
// rest of that address may hold secrets and is not kept.
type RedirectError struct {
	Status       int
	Scheme, Host string // of the other address
	Reason       string // why it was not followed
}

// Error names the other host.
func (e *RedirectError) Error() string {
	return fmt.Sprintf("HTTP status %d %s, to %s (%s): %s", e.Status, http.StatusText(e.Status), e.Host, e.Scheme, e.Reason)
}
